"""The environment variables by which a command hands its parameters to the program: every name, once.

``slipway.stack.session`` writes them, ``stacks`` reads them; no other module touches them.
"""

HOME = "SLIPWAY_HOME"
"""The state folder, where it is not ``.slipway`` in the project's root."""
WITH = "SLIPWAY_WITH"
"""Optional apps to bring in: names, with commas between."""
WITHOUT = "SLIPWAY_WITHOUT"
"""Optional apps to take out: names, with commas between."""
PRUNED = "SLIPWAY_PRUNED"
"""Earlier versions to declare no more: APP/VERSION, with commas between."""
