"""A preview's plan binds the up after it: what it names is done, and another edit is refused; secrets and drawn names.

run: preview 1 --save-plan one.json; up 1 --plan one.json; preview 2 --save-plan two.json; up! 3 --plan two.json; up 2 --plan two.json; up 2 --plan two.json; preview 4 --save-plan four.json; up 4 --plan four.json; preview 5 --save-plan five.json; up! 1 --plan five.json; up 5 --plan five.json
"""
from conf import STEP, Conf, Group, Thing, options, pulumi

group = Group("group")
explicit = Conf("explicit", zone="z")
first = Thing("first", options(parent=group, depends_on=[explicit]), value=f"v{STEP}", hidden=pulumi.Output.secret(f"s{STEP > 1}"))
second = Thing("second", options(depends_on=[first]), value=first.value, replaceKey=f"k{STEP >= 4}")
if STEP != 4:
    third = Thing("third", options(provider=explicit), value=second.serial)
if STEP == 5:
    Thing("fourth", options(ignore_changes=["value"], depends_on=[third]), value="x")
pulumi.export("step", STEP)
pulumi.export("serial", second.serial)
