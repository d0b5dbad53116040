"""Resource types that the sandbox only writes down: nothing runs, nothing answers, and every ``up`` warns of it."""
