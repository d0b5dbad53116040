"""A destroy meets a protected thing whose dependency was replaced and not deleted: the replaced one is deleted even so.

The protected thing would be replaced along with its dependency, which ends the run; what it needs is the new one.

run: up 1; up 2; preview 1; destroy; destroy --exclude-protected
"""
from conf import STEP, Thing, options

base = Thing("base", value="x", replaceKey=STEP)
Thing("kept", options(protect=True, depends_on=[base]), replaceKey=base.serial)
