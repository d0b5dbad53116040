"""Web apps as processes of this machine: unpacked, installed, run and watched, whichever platform they stand in for."""
