"""Once a plan is written, nothing is left to do: two runs after each other."""

from hypothesis import given

from tests.properties.test_decide import bounded
from tests.properties.worlds import Scene, scenes
from tests.properties.writing import applied


@bounded
@given(scenes())
def test_a_second_run_writes_nothing(scene: Scene) -> None:
    """Whoever was held or absent aside: their turn may come once the rest is written."""
    decision = scene.decide()
    second = applied(scene, decision).decide()
    held = {held.person.guid for held in decision.plan.held if held.person}
    if not decision.plan.tripped:
        left = [
            one
            for one in second.plan.changes
            if not (one.person and one.person.guid in held | second.plan.absent.keys())
        ]
        assert left == []


@bounded
@given(scenes())
def test_nothing_is_taken_away_when_nothing_changed(scene: Scene) -> None:
    """Once settled, the same reading inactivates nobody and lowers no quantity, however often it is repeated."""
    for _ in range(5):
        scene = applied(scene, scene.decide())
    plan = scene.decide().plan
    assert plan.tripped or plan.changes == ()
