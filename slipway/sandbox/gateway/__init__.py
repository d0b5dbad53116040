"""The gateway: the one process of a sandbox that listens where others can reach it, in front of all its clouds.

    accept -> head -> guard -> site (who asks? where to?) -> body, whole -> upstream -> answer, streamed

The guard refuses what a browser sends for a foreign page and what is no plain request. A site is a control plane, which
asks every caller for the sandbox's keys, or the front of the apps, which are open to callers of this machine. Emulators
listen on sockets in a folder that its owner alone may enter.
"""
