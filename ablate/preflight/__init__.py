"""Before GPU hours are spent: what cannot run, what does nothing, what a study costs, how many trials a GPU takes."""
