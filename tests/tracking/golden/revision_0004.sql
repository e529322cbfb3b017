-- A database of revision 0004: that of revision 0003, upgraded and gone on with.
BEGIN TRANSACTION;
CREATE TABLE ablate_version (
    version_num VARCHAR(32) NOT NULL, 
    CONSTRAINT ablate_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "ablate_version" VALUES('0004');
CREATE TABLE artifacts (
	attempt_id INTEGER NOT NULL, 
	path TEXT NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	bytes BIGINT NOT NULL, 
	sha256 VARCHAR(64), 
	CONSTRAINT pk_artifacts PRIMARY KEY (attempt_id, path), 
	CONSTRAINT fk_artifacts_attempt_id_attempts FOREIGN KEY(attempt_id) REFERENCES attempts (id), 
	CONSTRAINT ck_artifacts_kind CHECK (kind IN ('spec', 'metrics', 'result', 'log', 'checkpoint', 'mark', 'other'))
);
INSERT INTO "artifacts" VALUES(13,'db/runs/golden/0d28c6f70af30196-s1/2/result.json','result',100,'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee');
CREATE TABLE attempt_splits (
    attempt_id INTEGER NOT NULL, 
    split VARCHAR(16) NOT NULL, 
    data_split_id INTEGER NOT NULL, 
    CONSTRAINT pk_attempt_splits PRIMARY KEY (attempt_id, split), 
    CONSTRAINT fk_attempt_splits_attempt_id_attempts FOREIGN KEY(attempt_id) REFERENCES attempts (id), 
    CONSTRAINT fk_attempt_splits_data_split_id_data_splits FOREIGN KEY(data_split_id) REFERENCES data_splits (id)
);
INSERT INTO "attempt_splits" VALUES(2,'train',1);
INSERT INTO "attempt_splits" VALUES(2,'test',2);
INSERT INTO "attempt_splits" VALUES(3,'train',1);
INSERT INTO "attempt_splits" VALUES(3,'test',2);
INSERT INTO "attempt_splits" VALUES(5,'train',1);
INSERT INTO "attempt_splits" VALUES(5,'test',2);
INSERT INTO "attempt_splits" VALUES(6,'train',1);
INSERT INTO "attempt_splits" VALUES(6,'test',2);
INSERT INTO "attempt_splits" VALUES(8,'test',2);
INSERT INTO "attempt_splits" VALUES(8,'train',1);
INSERT INTO "attempt_splits" VALUES(13,'test',2);
CREATE TABLE "attempts" (
	id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	is_accepted BOOLEAN NOT NULL, 
	executor VARCHAR(32) NOT NULL, 
	threads INTEGER NOT NULL, 
	journal_offset BIGINT NOT NULL, 
	started DATETIME NOT NULL, 
	ended DATETIME, 
	reason TEXT, 
	failure_kind TEXT, 
	failure_message TEXT, 
	failure_traceback TEXT, 
	parameters BIGINT, 
	macs BIGINT, 
	training_seconds DOUBLE, 
	environment_id INTEGER, 
	gpus JSON NOT NULL, 
	resumed_attempt INTEGER, 
	resumed_step BIGINT, 
	failure_is_infrastructure BOOLEAN, 
	peak_memory_bytes BIGINT, 
	CONSTRAINT pk_attempts PRIMARY KEY (id), 
	CONSTRAINT fk_attempts_trial_id_trials FOREIGN KEY(trial_id) REFERENCES trials (id), 
	CONSTRAINT uq_attempts_trial_id_number UNIQUE (trial_id, number), 
	CONSTRAINT fk_attempts_environment_id_environments FOREIGN KEY(environment_id) REFERENCES environments (id), 
	CONSTRAINT ck_attempts_status CHECK (status IN ('running', 'complete', 'failed', 'lost', 'stopped', 'pruned'))
);
INSERT INTO "attempts" VALUES(1,1,1,'lost',0,'local',1,0,'2027-01-15 08:00:00.250000','2027-01-15 08:00:01.250000','died',NULL,NULL,NULL,NULL,NULL,NULL,NULL,'[]',NULL,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES(2,1,2,'complete',1,'local',2,100,'2027-01-15 08:00:00.250000','2027-01-15 08:00:09.750000',NULL,NULL,NULL,NULL,4321,98765432109,8.125,1,'[1]',NULL,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES(3,2,1,'failed',0,'local',1,0,'2027-01-15 08:00:00.250000','2027-01-15 08:00:09.750000','Diverged: loss is nan','Diverged','loss is nan','at
',4321,98765432109,8.125,1,'[]',NULL,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES(4,3,1,'stopped',0,'local',1,0,'2027-01-15 08:00:00.250000','2027-01-15 08:00:01.250000','stopped',NULL,NULL,NULL,NULL,NULL,NULL,NULL,'[0]',NULL,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES(5,3,2,'complete',1,'local',1,50,'2027-01-15 08:00:00.250000','2027-01-15 08:00:09.750000',NULL,NULL,NULL,NULL,4321,98765432109,8.125,2,'[0, 1]',1,7,NULL,NULL);
INSERT INTO "attempts" VALUES(6,5,1,'complete',1,'local',1,0,'2027-01-15 08:00:00.250000','2027-01-15 08:00:09.750000',NULL,NULL,NULL,NULL,4321,98765432109,8.125,2,'[]',NULL,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES(7,6,1,'pruned',0,'local',1,0,'2027-01-15 08:00:00.250000','2027-01-15 08:00:02.250000','others do better',NULL,NULL,NULL,NULL,NULL,NULL,NULL,'[]',NULL,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES(8,4,1,'complete',1,'local',2,64,'2027-01-15 08:01:40.000000','2027-01-15 08:01:49.500000',NULL,NULL,NULL,NULL,4321,98765432109,8.5,1,'[0]',NULL,NULL,NULL,5000000000);
INSERT INTO "attempts" VALUES(9,7,1,'complete',1,'import',0,0,'1970-01-01 00:00:00.000000',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'[]',NULL,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES(10,8,1,'complete',1,'import',0,0,'1970-01-01 00:00:00.000000',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'[]',NULL,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES(11,9,1,'complete',1,'import',0,0,'1970-01-01 00:00:00.000000',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'[]',NULL,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES(12,10,1,'complete',1,'import',0,0,'1970-01-01 00:00:00.000000',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'[]',NULL,NULL,NULL,NULL);
INSERT INTO "attempts" VALUES(13,2,2,'complete',1,'local',1,64,'2027-01-15 08:03:20.000000','2027-01-15 08:03:29.500000',NULL,NULL,NULL,NULL,4321,98765432109,8.25,3,'[0]',NULL,NULL,NULL,4000000000);
CREATE TABLE code_diffs (
	digest VARCHAR(64) NOT NULL, 
	text TEXT, 
	is_cut BOOLEAN, 
	CONSTRAINT pk_code_diffs PRIMARY KEY (digest)
);
INSERT INTO "code_diffs" VALUES('dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','+ x
',0);
CREATE TABLE combination_levels (
    combination_id INTEGER NOT NULL, 
    choice INTEGER NOT NULL, 
    factor_id INTEGER NOT NULL, 
    level_id INTEGER NOT NULL, 
    CONSTRAINT pk_combination_levels PRIMARY KEY (combination_id, choice, factor_id), 
    CONSTRAINT fk_combination_levels_combination_id_combinations FOREIGN KEY(combination_id) REFERENCES combinations (id), 
    CONSTRAINT fk_combination_levels_factor_id_factors FOREIGN KEY(factor_id) REFERENCES factors (id), 
    CONSTRAINT fk_combination_levels_level_id_levels FOREIGN KEY(level_id) REFERENCES levels (id)
);
INSERT INTO "combination_levels" VALUES(1,0,1,1);
INSERT INTO "combination_levels" VALUES(2,0,1,2);
INSERT INTO "combination_levels" VALUES(3,0,2,3);
INSERT INTO "combination_levels" VALUES(4,0,2,4);
CREATE TABLE "combinations" (
	id INTEGER NOT NULL, 
	study_id INTEGER NOT NULL, 
	configuration_hash VARCHAR(16) NOT NULL, 
	configuration JSON NOT NULL, 
	label TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	is_baseline BOOLEAN NOT NULL, 
	is_planned BOOLEAN NOT NULL, 
	matched JSON, 
	CONSTRAINT pk_combinations PRIMARY KEY (id), 
	CONSTRAINT fk_combinations_study_id_studies FOREIGN KEY(study_id) REFERENCES studies (id), 
	CONSTRAINT uq_combinations_study_id_configuration_hash UNIQUE (study_id, configuration_hash)
);
INSERT INTO "combinations" VALUES(1,1,'0d28c6f70af30196','{"model": {"backbone": "hierarchical", "widths": [8], "depths": [1], "patch_size": 1, "mlp_ratio": 2.0, "drop_path": 0.0, "heads_per_stage": null, "layer": {"connectivity": "sliding", "window": 3, "shift": false, "sharing": "head", "heads": 1, "dynamics": "attention", "position_bias": true, "bias": false, "reduction": 4, "weight_limit": 10000000}}, "data": {"name": "digits", "training_images": "all", "split_seed": 0}, "training": {"epochs": 30, "batch_size": 64, "optimizer": "adamw", "learning_rate": 0.002, "weight_decay": 0.05, "schedule": "cosine", "warmup_epochs": 3, "label_smoothing": 0.1, "gradient_clip": null, "precision": "no"}}','head',0,1,1,NULL);
INSERT INTO "combinations" VALUES(2,1,'4757dee0b23b7d97','{"model": {"backbone": "hierarchical", "widths": [8], "depths": [1], "patch_size": 1, "mlp_ratio": 2.0, "drop_path": 0.0, "heads_per_stage": null, "layer": {"connectivity": "sliding", "window": 3, "shift": false, "sharing": "spatial", "heads": 1, "dynamics": "attention", "position_bias": true, "bias": false, "reduction": 4, "weight_limit": 10000000}}, "data": {"name": "digits", "training_images": "all", "split_seed": 0}, "training": {"epochs": 30, "batch_size": 64, "optimizer": "adamw", "learning_rate": 0.002, "weight_decay": 0.05, "schedule": "cosine", "warmup_epochs": 3, "label_smoothing": 0.1, "gradient_clip": null, "precision": "no"}}','spatial',1,0,1,NULL);
INSERT INTO "combinations" VALUES(3,2,'093a6d640329f9b5','null','adam',0,1,1,NULL);
INSERT INTO "combinations" VALUES(4,2,'32f54de8c5652feb','null','sgd',1,0,1,NULL);
CREATE TABLE comparisons (
	report_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	factor_id INTEGER, 
	combination_id INTEGER NOT NULL, 
	baseline_id INTEGER NOT NULL, 
	difference DOUBLE, 
	low DOUBLE, 
	high DOUBLE, 
	sign_flip_p DOUBLE, 
	adjusted_p DOUBLE, 
	n INTEGER NOT NULL, 
	seeds JSON NOT NULL, 
	verdict VARCHAR(16) NOT NULL, 
	margin DOUBLE, 
	CONSTRAINT pk_comparisons PRIMARY KEY (report_id, position), 
	CONSTRAINT fk_comparisons_report_id_reports FOREIGN KEY(report_id) REFERENCES reports (id), 
	CONSTRAINT fk_comparisons_factor_id_factors FOREIGN KEY(factor_id) REFERENCES factors (id), 
	CONSTRAINT fk_comparisons_combination_id_combinations FOREIGN KEY(combination_id) REFERENCES combinations (id), 
	CONSTRAINT fk_comparisons_baseline_id_combinations FOREIGN KEY(baseline_id) REFERENCES combinations (id), 
	CONSTRAINT ck_comparisons_kind CHECK (kind IN ('baseline', 'switch')), 
	CONSTRAINT ck_comparisons_verdict CHECK (verdict IN ('better', 'worse', 'equivalent', 'undecided'))
);
INSERT INTO "comparisons" VALUES(1,0,'baseline',NULL,2,1,0.25,0.125,0.375,0.5,0.5,2,'[0, 1]','undecided',NULL);
CREATE TABLE data_splits (
    id INTEGER NOT NULL, 
    digest VARCHAR(64) NOT NULL, 
    images INTEGER NOT NULL, 
    images_per_class JSON NOT NULL, 
    fingerprint TEXT NOT NULL, 
    CONSTRAINT pk_data_splits PRIMARY KEY (id), 
    CONSTRAINT uq_data_splits_digest UNIQUE (digest)
);
INSERT INTO "data_splits" VALUES(1,'7d82ce336afe904c952bbfa6534a67197574d0428e7ebcd732743710e9653d74',30,'[10, 20]','f');
INSERT INTO "data_splits" VALUES(2,'26a2428b286bacd9f82f93a98acf71ee65a8c4bd1c1c9baa9449fc770a27c535',7,'[3, 4]','g');
CREATE TABLE "environments" (
	id INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	packages JSON NOT NULL, 
	hardware JSON NOT NULL, 
	"commit" VARCHAR(64), 
	is_clean BOOLEAN, 
	diff VARCHAR(64), 
	code VARCHAR(64), 
	device TEXT, 
	processor TEXT, 
	gpu TEXT, 
	cuda TEXT, 
	driver TEXT, 
	system TEXT, 
	CONSTRAINT pk_environments PRIMARY KEY (id), 
	CONSTRAINT uq_environments_digest UNIQUE (digest), 
	CONSTRAINT fk_environments_diff_code_diffs FOREIGN KEY(diff) REFERENCES code_diffs (digest)
);
INSERT INTO "environments" VALUES(1,'39d8e41309dacdf47027993859b4d14e4d62adcb334c5b87b14be2df81d3f003','{"ablate-studies": "0.1.0", "torch": "2.15.0"}','{"cpu_count": 2}','abc',1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "environments" VALUES(2,'9b3befca38123361aba99dbf9f46d639a0fc57c057567cbbc2ad24617b80bc6a','{"torch": "2.15.0"}','{"cores": 2}','abc',0,'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "environments" VALUES(3,'319bd8810b49edbbecbc817dd9a01ac95fa9e5867cfad06a7683f9a0bab7a29d','{"torch": "2.15.0"}','{"device": "cuda", "processor": "p", "cores": 8, "threads": 1, "gpu": "H100", "cuda": "13.2"}','abc',1,NULL,'cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc','cuda','p','H100','13.2','570.86.15','Debian');
CREATE TABLE factors (
    id INTEGER NOT NULL, 
    study_id INTEGER NOT NULL, 
    name TEXT NOT NULL, 
    short_name TEXT NOT NULL, 
    position INTEGER NOT NULL, 
    is_planned BOOLEAN NOT NULL, 
    CONSTRAINT pk_factors PRIMARY KEY (id), 
    CONSTRAINT fk_factors_study_id_studies FOREIGN KEY(study_id) REFERENCES studies (id), 
    CONSTRAINT uq_factors_study_id_name UNIQUE (study_id, name)
);
INSERT INTO "factors" VALUES(1,1,'model.layer.sharing','sharing',0,1);
INSERT INTO "factors" VALUES(2,2,'optimizer','optimizer',0,1);
CREATE TABLE levels (
    id INTEGER NOT NULL, 
    factor_id INTEGER NOT NULL, 
    label TEXT NOT NULL, 
    settings JSON NOT NULL, 
    settings_digest VARCHAR(64) NOT NULL, 
    position INTEGER NOT NULL, 
    is_planned BOOLEAN NOT NULL, 
    CONSTRAINT pk_levels PRIMARY KEY (id), 
    CONSTRAINT fk_levels_factor_id_factors FOREIGN KEY(factor_id) REFERENCES factors (id), 
    CONSTRAINT uq_levels_factor_id_label_settings_digest UNIQUE (factor_id, label, settings_digest)
);
INSERT INTO "levels" VALUES(1,1,'head','{"model.layer.sharing": "head"}','dff876c21ed99f7e355fdbbb56fbce90015be35b9fb3c9a782f147d02182fbe4',0,1);
INSERT INTO "levels" VALUES(2,1,'spatial','{"model.layer.sharing": "spatial"}','88981da6c44ee87e53a3a68f12a6cc63f99dd1bb94f21ecaf9473b938b8c8360',1,1);
INSERT INTO "levels" VALUES(3,2,'adam','{"optimizer": "adam"}','093a6d640329f9b57c9f9530f83de38113c440a632f791021c7efe3961209dca',0,1);
INSERT INTO "levels" VALUES(4,2,'sgd','{"optimizer": "sgd"}','32f54de8c5652feb0e7987f8cc7427ca57ccce4d4da689dd430f9e5f45028c0d',1,1);
CREATE TABLE metric_keys (
    id INTEGER NOT NULL, 
    split VARCHAR(16) NOT NULL, 
    name VARCHAR(64) NOT NULL, 
    CONSTRAINT pk_metric_keys PRIMARY KEY (id), 
    CONSTRAINT uq_metric_keys_split_name UNIQUE (split, name)
);
INSERT INTO "metric_keys" VALUES(1,'test','accuracy');
INSERT INTO "metric_keys" VALUES(2,'test','loss');
INSERT INTO "metric_keys" VALUES(3,'validation','accuracy');
INSERT INTO "metric_keys" VALUES(4,'validation','loss');
INSERT INTO "metric_keys" VALUES(5,'unspecified','acc');
CREATE TABLE metrics (
    attempt_id INTEGER NOT NULL, 
    key_id INTEGER NOT NULL, 
    step BIGINT NOT NULL, 
    value DOUBLE, 
    time DOUBLE NOT NULL, 
    CONSTRAINT pk_metrics PRIMARY KEY (attempt_id, key_id, step), 
    CONSTRAINT fk_metrics_attempt_id_attempts FOREIGN KEY(attempt_id) REFERENCES attempts (id), 
    CONSTRAINT fk_metrics_key_id_metric_keys FOREIGN KEY(key_id) REFERENCES metric_keys (id)
)
 WITHOUT ROWID

;
INSERT INTO "metrics" VALUES(2,1,1,0.25,1800000001.25);
INSERT INTO "metrics" VALUES(2,1,2,0.5,1800000002.25);
INSERT INTO "metrics" VALUES(2,2,1,NULL,1800000001.25);
INSERT INTO "metrics" VALUES(2,2,2,0.5,1800000002.25);
INSERT INTO "metrics" VALUES(2,3,1,0.25,1800000001.25);
INSERT INTO "metrics" VALUES(2,3,2,0.5,1800000002.25);
INSERT INTO "metrics" VALUES(2,4,1,NULL,1800000001.25);
INSERT INTO "metrics" VALUES(2,4,2,0.5,1800000002.25);
INSERT INTO "metrics" VALUES(5,1,1,0.75,1800000001.25);
INSERT INTO "metrics" VALUES(5,2,1,0.25,1800000001.25);
INSERT INTO "metrics" VALUES(8,1,1,0.625,1800000101.5);
INSERT INTO "metrics" VALUES(8,2,1,NULL,1800000101.5);
INSERT INTO "metrics" VALUES(9,5,0,0.5,0.0);
INSERT INTO "metrics" VALUES(10,5,0,0.625,0.0);
INSERT INTO "metrics" VALUES(11,5,0,0.25,0.0);
INSERT INTO "metrics" VALUES(12,5,0,0.375,0.0);
INSERT INTO "metrics" VALUES(13,1,1,0.375,1800000201.5);
INSERT INTO "metrics" VALUES(13,2,1,0.5,1800000201.5);
CREATE TABLE mirrored_studies (
    study_id INTEGER NOT NULL, 
    destination VARCHAR(64) NOT NULL, 
    experiment_id VARCHAR(64) NOT NULL, 
    note_digest VARCHAR(64), 
    report_digest VARCHAR(64), 
    CONSTRAINT pk_mirrored_studies PRIMARY KEY (study_id, destination), 
    CONSTRAINT fk_mirrored_studies_study_id_studies FOREIGN KEY(study_id) REFERENCES studies (id)
);
INSERT INTO "mirrored_studies" VALUES(1,'d','1',NULL,NULL);
INSERT INTO "mirrored_studies" VALUES(1,'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','1','nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn',NULL);
CREATE TABLE mirrored_trials (
    trial_id INTEGER NOT NULL, 
    destination VARCHAR(64) NOT NULL, 
    run_id VARCHAR(64) NOT NULL, 
    attempt INTEGER NOT NULL, 
    label TEXT NOT NULL, 
    state TEXT NOT NULL, 
    step BIGINT NOT NULL, 
    CONSTRAINT pk_mirrored_trials PRIMARY KEY (trial_id, destination), 
    CONSTRAINT fk_mirrored_trials_trial_id_trials FOREIGN KEY(trial_id) REFERENCES trials (id)
);
INSERT INTO "mirrored_trials" VALUES(1,'d','run1',2,'head','2 complete 100 complete planned head',0);
INSERT INTO "mirrored_trials" VALUES(1,'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr',2,'head','2 complete 100 complete planned head',3);
CREATE TABLE reports (
	id INTEGER NOT NULL, 
	study_id INTEGER NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	written DATETIME NOT NULL, 
	version TEXT NOT NULL, 
	question TEXT NOT NULL, 
	metric VARCHAR(64) NOT NULL, 
	split VARCHAR(16) NOT NULL, 
	direction VARCHAR(16) NOT NULL, 
	family INTEGER NOT NULL, 
	planned INTEGER NOT NULL, 
	complete INTEGER NOT NULL, 
	answer TEXT NOT NULL, 
	CONSTRAINT pk_reports PRIMARY KEY (id), 
	CONSTRAINT fk_reports_study_id_studies FOREIGN KEY(study_id) REFERENCES studies (id), 
	CONSTRAINT uq_reports_study_id_digest UNIQUE (study_id, digest)
);
INSERT INTO "reports" VALUES(1,1,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','2027-01-15 08:05:00.000000','0.1.0','Is what was found kept?','accuracy','test','maximize',1,4,4,'Yes.');
CREATE TABLE "studies" (
	id INTEGER NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	question TEXT NOT NULL, 
	spec JSON NOT NULL, 
	exclusions JSON NOT NULL, 
	aliasing JSON NOT NULL, 
	plan_digest VARCHAR(64), 
	CONSTRAINT pk_studies PRIMARY KEY (id), 
	CONSTRAINT uq_studies_name UNIQUE (name)
);
INSERT INTO "studies" VALUES(1,'golden','Is what was found kept?','{"name": "golden", "question": "Is what was found kept?", "expects": "", "base": {"model": {"backbone": "hierarchical", "widths": [32, 64], "depths": [2, 2], "patch_size": 1, "mlp_ratio": 2.0, "drop_path": 0.0, "heads_per_stage": null, "layer": {"connectivity": "sliding", "window": 3, "shift": false, "sharing": "head", "heads": 1, "dynamics": "attention", "position_bias": true, "bias": false, "reduction": 4, "weight_limit": 10000000}}, "data": {"name": "digits", "training_images": "all", "split_seed": 0}, "training": {"epochs": 30, "batch_size": 64, "optimizer": "adamw", "learning_rate": 0.002, "weight_decay": 0.05, "schedule": "cosine", "warmup_epochs": 3, "label_smoothing": 0.1, "gradient_clip": null, "precision": "no"}}, "factors": [{"name": "model.layer.sharing", "levels": [{"label": "head", "settings": {"model.layer.sharing": "head"}}, {"label": "spatial", "settings": {"model.layer.sharing": "spatial"}}]}], "design": "factorial", "baseline": {"model.layer.sharing": "head"}, "exclude": [{"model.layer.sharing": "none"}], "when": [], "overrides": [], "fraction": null, "off": {}, "listed": [], "seeds": [0, 1], "match": null, "tune": null, "objective": {"metric": "accuracy", "split": "test", "direction": "maximize", "equivalence": null, "unit": null}, "resources": {"workers": "auto", "gpus_per_trial": "auto", "threads_per_trial": "auto", "attempts": 3}, "source": null}','[{"rule": {"model.layer.sharing": "none"}, "removed": 2, "varies": null}]','[]','7ebc84bf31975f438295c9cbb3bae8786ef274c62b969097d303360415e33d63');
INSERT INTO "studies" VALUES(2,'elsewhere','How does acc depend on optimizer?','{"name": "elsewhere", "question": "How does acc depend on optimizer?", "expects": "", "base": null, "factors": [{"name": "optimizer", "levels": [{"label": "adam", "settings": {"optimizer": "adam"}}, {"label": "sgd", "settings": {"optimizer": "sgd"}}]}], "design": "factorial", "baseline": {"optimizer": "adam"}, "exclude": [], "when": [], "overrides": [], "fraction": null, "off": {}, "listed": [], "seeds": [0, 1], "match": null, "tune": null, "objective": {"metric": "acc", "split": "unspecified", "direction": "maximize", "equivalence": null, "unit": null}, "resources": {"workers": "auto", "gpus_per_trial": "auto", "threads_per_trial": "auto", "attempts": 3}, "source": {"kind": "csv", "place": "runs.csv", "digest": "67a282adfbdb17f311ecd4182057f908c664018062b97111cd0735f268ab0c61", "experiment": null, "columns": {"seed": "seed", "state": null, "parameters": null, "macs": null, "training_seconds": null, "metrics": [], "conditions": {}}}}','[]','[]','9028ebba128ca5f8b0d14b15aa3ec563af1a8a79db31f82cce6719642fcf0b64');
CREATE TABLE "trials" (
	id INTEGER NOT NULL, 
	study_id INTEGER NOT NULL, 
	configuration_hash VARCHAR(16) NOT NULL, 
	seed BIGINT NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	is_planned BOOLEAN NOT NULL, 
	tuning INTEGER NOT NULL, 
	configuration JSON, 
	CONSTRAINT pk_trials PRIMARY KEY (id), 
	CONSTRAINT uq_trials_study_id_name UNIQUE (study_id, name), 
	CONSTRAINT fk_trials_study_id_configuration_hash_combinations FOREIGN KEY(study_id, configuration_hash) REFERENCES combinations (study_id, configuration_hash), 
	CONSTRAINT uq_trials_study_id_configuration_hash_seed_tuning UNIQUE (study_id, configuration_hash, seed, tuning), 
	CONSTRAINT ck_trials_status CHECK (status IN ('planned', 'running', 'complete', 'failed', 'pruned'))
);
INSERT INTO "trials" VALUES(1,1,'0d28c6f70af30196',0,'0d28c6f70af30196-s0','complete',1,0,NULL);
INSERT INTO "trials" VALUES(2,1,'0d28c6f70af30196',1,'0d28c6f70af30196-s1','complete',1,0,NULL);
INSERT INTO "trials" VALUES(3,1,'4757dee0b23b7d97',0,'4757dee0b23b7d97-s0','complete',1,0,NULL);
INSERT INTO "trials" VALUES(4,1,'4757dee0b23b7d97',1,'4757dee0b23b7d97-s1','complete',1,0,NULL);
INSERT INTO "trials" VALUES(5,1,'0d28c6f70af30196',0,'0d28c6f70af30196-t1','complete',1,1,'{"model": {"backbone": "hierarchical", "widths": [8], "depths": [1], "patch_size": 1, "mlp_ratio": 2.0, "drop_path": 0.0, "heads_per_stage": null, "layer": {"connectivity": "sliding", "window": 3, "shift": false, "sharing": "head", "heads": 1, "dynamics": "attention", "position_bias": true, "bias": false, "reduction": 4, "weight_limit": 10000000}}, "data": {"name": "digits", "training_images": "all", "split_seed": 0}, "training": {"epochs": 30, "batch_size": 64, "optimizer": "adamw", "learning_rate": 0.002, "weight_decay": 0.05, "schedule": "cosine", "warmup_epochs": 3, "label_smoothing": 0.1, "gradient_clip": null, "precision": "no"}}');
INSERT INTO "trials" VALUES(6,1,'0d28c6f70af30196',0,'0d28c6f70af30196-t2','pruned',1,2,'{"model": {"backbone": "hierarchical", "widths": [8], "depths": [1], "patch_size": 1, "mlp_ratio": 2.0, "drop_path": 0.0, "heads_per_stage": null, "layer": {"connectivity": "sliding", "window": 3, "shift": false, "sharing": "head", "heads": 1, "dynamics": "attention", "position_bias": true, "bias": false, "reduction": 4, "weight_limit": 10000000}}, "data": {"name": "digits", "training_images": "all", "split_seed": 0}, "training": {"epochs": 30, "batch_size": 64, "optimizer": "adamw", "learning_rate": 0.002, "weight_decay": 0.05, "schedule": "cosine", "warmup_epochs": 3, "label_smoothing": 0.1, "gradient_clip": null, "precision": "no"}}');
INSERT INTO "trials" VALUES(7,2,'093a6d640329f9b5',0,'093a6d640329f9b5-s0','complete',1,0,NULL);
INSERT INTO "trials" VALUES(8,2,'093a6d640329f9b5',1,'093a6d640329f9b5-s1','complete',1,0,NULL);
INSERT INTO "trials" VALUES(9,2,'32f54de8c5652feb',0,'32f54de8c5652feb-s0','complete',1,0,NULL);
INSERT INTO "trials" VALUES(10,2,'32f54de8c5652feb',1,'32f54de8c5652feb-s1','complete',1,0,NULL);
CREATE UNIQUE INDEX uq_attempts_accepted ON attempts (trial_id) WHERE is_accepted;
COMMIT;
