"""PostgreSQL of the sandbox's own: servers on this machine, behind what programs declare in the clouds."""
