-- Generated from db/migrations by: python -m ablate.tracking.schema db

CREATE TABLE ablate_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT ablate_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE artifacts (
    attempt_id INTEGER NOT NULL,
    path TEXT NOT NULL,
    kind VARCHAR(16) NOT NULL,
    bytes BIGINT NOT NULL,
    sha256 VARCHAR(64),
    CONSTRAINT ck_artifacts_kind CHECK (kind IN ('spec', 'metrics', 'result', 'log', 'checkpoint', 'mark', 'other')),
    CONSTRAINT fk_artifacts_attempt_id_attempts FOREIGN KEY(attempt_id) REFERENCES attempts (id),
    CONSTRAINT pk_artifacts PRIMARY KEY (attempt_id, path)
);

CREATE TABLE attempt_splits (
    attempt_id INTEGER NOT NULL,
    split VARCHAR(16) NOT NULL,
    data_split_id INTEGER NOT NULL,
    CONSTRAINT fk_attempt_splits_attempt_id_attempts FOREIGN KEY(attempt_id) REFERENCES attempts (id),
    CONSTRAINT fk_attempt_splits_data_split_id_data_splits FOREIGN KEY(data_split_id) REFERENCES data_splits (id),
    CONSTRAINT pk_attempt_splits PRIMARY KEY (attempt_id, split)
);

CREATE TABLE attempts (
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
    training_images_per_second DOUBLE,
    seconds_per_epoch DOUBLE,
    inference_batch INTEGER,
    inference_latency_seconds DOUBLE,
    inference_images_per_second DOUBLE,
    energy_joules DOUBLE,
    energy_source VARCHAR(16),
    micro_batch INTEGER,
    micro_batch_planned INTEGER,
    memory_halvings INTEGER,
    has_batch_norm BOOLEAN,
    CONSTRAINT ck_attempts_status CHECK (status IN ('running', 'complete', 'failed', 'lost', 'stopped', 'pruned')),
    CONSTRAINT fk_attempts_environment_id_environments FOREIGN KEY(environment_id) REFERENCES environments (id),
    CONSTRAINT fk_attempts_trial_id_trials FOREIGN KEY(trial_id) REFERENCES trials (id),
    CONSTRAINT pk_attempts PRIMARY KEY (id),
    CONSTRAINT uq_attempts_trial_id_number UNIQUE (trial_id, number)
);

CREATE TABLE code_diffs (
    digest VARCHAR(64) NOT NULL,
    text TEXT,
    is_cut BOOLEAN,
    CONSTRAINT pk_code_diffs PRIMARY KEY (digest)
);

CREATE TABLE combination_levels (
    combination_id INTEGER NOT NULL,
    choice INTEGER NOT NULL,
    factor_id INTEGER NOT NULL,
    level_id INTEGER NOT NULL,
    CONSTRAINT fk_combination_levels_combination_id_combinations FOREIGN KEY(combination_id) REFERENCES combinations (id),
    CONSTRAINT fk_combination_levels_factor_id_factors FOREIGN KEY(factor_id) REFERENCES factors (id),
    CONSTRAINT fk_combination_levels_level_id_levels FOREIGN KEY(level_id) REFERENCES levels (id),
    CONSTRAINT pk_combination_levels PRIMARY KEY (combination_id, choice, factor_id)
);

CREATE TABLE combinations (
    id INTEGER NOT NULL,
    study_id INTEGER NOT NULL,
    configuration_hash VARCHAR(16) NOT NULL,
    configuration JSON NOT NULL,
    label TEXT NOT NULL,
    position INTEGER NOT NULL,
    is_baseline BOOLEAN NOT NULL,
    is_planned BOOLEAN NOT NULL,
    matched JSON,
    CONSTRAINT fk_combinations_study_id_studies FOREIGN KEY(study_id) REFERENCES studies (id),
    CONSTRAINT pk_combinations PRIMARY KEY (id),
    CONSTRAINT uq_combinations_study_id_configuration_hash UNIQUE (study_id, configuration_hash)
);

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
    CONSTRAINT ck_comparisons_kind CHECK (kind IN ('baseline', 'switch')),
    CONSTRAINT ck_comparisons_verdict CHECK (verdict IN ('better', 'worse', 'equivalent', 'undecided')),
    CONSTRAINT fk_comparisons_baseline_id_combinations FOREIGN KEY(baseline_id) REFERENCES combinations (id),
    CONSTRAINT fk_comparisons_combination_id_combinations FOREIGN KEY(combination_id) REFERENCES combinations (id),
    CONSTRAINT fk_comparisons_factor_id_factors FOREIGN KEY(factor_id) REFERENCES factors (id),
    CONSTRAINT fk_comparisons_report_id_reports FOREIGN KEY(report_id) REFERENCES reports (id),
    CONSTRAINT pk_comparisons PRIMARY KEY (report_id, position)
);

CREATE TABLE data_splits (
    id INTEGER NOT NULL,
    digest VARCHAR(64) NOT NULL,
    images INTEGER NOT NULL,
    images_per_class JSON NOT NULL,
    fingerprint TEXT NOT NULL,
    content TEXT,
    CONSTRAINT pk_data_splits PRIMARY KEY (id),
    CONSTRAINT uq_data_splits_digest UNIQUE (digest)
);

CREATE TABLE environments (
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
    CONSTRAINT fk_environments_diff_code_diffs FOREIGN KEY(diff) REFERENCES code_diffs (digest),
    CONSTRAINT pk_environments PRIMARY KEY (id),
    CONSTRAINT uq_environments_digest UNIQUE (digest)
);

CREATE TABLE factors (
    id INTEGER NOT NULL,
    study_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    short_name TEXT NOT NULL,
    position INTEGER NOT NULL,
    is_planned BOOLEAN NOT NULL,
    CONSTRAINT fk_factors_study_id_studies FOREIGN KEY(study_id) REFERENCES studies (id),
    CONSTRAINT pk_factors PRIMARY KEY (id),
    CONSTRAINT uq_factors_study_id_name UNIQUE (study_id, name)
);

CREATE TABLE levels (
    id INTEGER NOT NULL,
    factor_id INTEGER NOT NULL,
    label TEXT NOT NULL,
    settings JSON NOT NULL,
    settings_digest VARCHAR(64) NOT NULL,
    position INTEGER NOT NULL,
    is_planned BOOLEAN NOT NULL,
    CONSTRAINT fk_levels_factor_id_factors FOREIGN KEY(factor_id) REFERENCES factors (id),
    CONSTRAINT pk_levels PRIMARY KEY (id),
    CONSTRAINT uq_levels_factor_id_label_settings_digest UNIQUE (factor_id, label, settings_digest)
);

CREATE TABLE metric_keys (
    id INTEGER NOT NULL,
    split VARCHAR(16) NOT NULL,
    name VARCHAR(64) NOT NULL,
    CONSTRAINT pk_metric_keys PRIMARY KEY (id),
    CONSTRAINT uq_metric_keys_split_name UNIQUE (split, name)
);

CREATE TABLE metrics (
    attempt_id INTEGER NOT NULL,
    key_id INTEGER NOT NULL,
    step BIGINT NOT NULL,
    value DOUBLE,
    time DOUBLE NOT NULL,
),
    CONSTRAINT fk_metrics_attempt_id_attempts FOREIGN KEY(attempt_id) REFERENCES attempts (id),
    CONSTRAINT fk_metrics_key_id_metric_keys FOREIGN KEY(key_id) REFERENCES metric_keys (id),
    CONSTRAINT pk_metrics PRIMARY KEY (attempt_id, key_id, step)
 WITHOUT ROWID;

CREATE TABLE mirrored_studies (
    study_id INTEGER NOT NULL,
    destination VARCHAR(64) NOT NULL,
    experiment_id VARCHAR(64) NOT NULL,
    note_digest VARCHAR(64),
    report_digest VARCHAR(64),
    CONSTRAINT fk_mirrored_studies_study_id_studies FOREIGN KEY(study_id) REFERENCES studies (id),
    CONSTRAINT pk_mirrored_studies PRIMARY KEY (study_id, destination)
);

CREATE TABLE mirrored_trials (
    trial_id INTEGER NOT NULL,
    destination VARCHAR(64) NOT NULL,
    run_id VARCHAR(64) NOT NULL,
    attempt INTEGER NOT NULL,
    label TEXT NOT NULL,
    state TEXT NOT NULL,
    step BIGINT NOT NULL,
    CONSTRAINT fk_mirrored_trials_trial_id_trials FOREIGN KEY(trial_id) REFERENCES trials (id),
    CONSTRAINT pk_mirrored_trials PRIMARY KEY (trial_id, destination)
);

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
    CONSTRAINT fk_reports_study_id_studies FOREIGN KEY(study_id) REFERENCES studies (id),
    CONSTRAINT pk_reports PRIMARY KEY (id),
    CONSTRAINT uq_reports_study_id_digest UNIQUE (study_id, digest)
);

CREATE TABLE studies (
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

CREATE TABLE trials (
    id INTEGER NOT NULL,
    study_id INTEGER NOT NULL,
    configuration_hash VARCHAR(16) NOT NULL,
    seed BIGINT NOT NULL,
    name VARCHAR(64) NOT NULL,
    status VARCHAR(16) NOT NULL,
    is_planned BOOLEAN NOT NULL,
    tuning INTEGER NOT NULL,
    configuration JSON,
    CONSTRAINT ck_trials_status CHECK (status IN ('planned', 'running', 'complete', 'failed', 'pruned')),
    CONSTRAINT fk_trials_study_id_configuration_hash_combinations FOREIGN KEY(study_id, configuration_hash) REFERENCES combinations (study_id, configuration_hash),
    CONSTRAINT pk_trials PRIMARY KEY (id),
    CONSTRAINT uq_trials_study_id_configuration_hash_seed_tuning UNIQUE (study_id, configuration_hash, seed, tuning),
    CONSTRAINT uq_trials_study_id_name UNIQUE (study_id, name)
);

CREATE UNIQUE INDEX uq_attempts_accepted ON attempts (trial_id) WHERE is_accepted;
