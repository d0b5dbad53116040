"""One operation at work: the program runs, what it registers is planned, done and recorded."""
