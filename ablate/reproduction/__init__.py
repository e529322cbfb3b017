"""Running a stored trial again, and comparing what comes out with what the database holds, to the bit."""
