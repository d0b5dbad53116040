"""Web apps as processes of this machine: unpacked, installed, started and watched, whichever home they stand in for."""
