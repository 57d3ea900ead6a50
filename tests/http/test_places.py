"""Calls at once: the edition's number for this process, and for all of a profile's processes together."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from zcrm_tools import endpoints, operations
from zcrm_tools.errors import NotSent
from zcrm_tools.http.inprocess import InProcess
from zcrm_tools.http.places import AT_ONCE, HEAVY, Places
from zcrm_tools.http.session import Session
from zcrm_tools.state.shares import SharedSlots
from zcrm_tools.state.sqlite import SqliteState


class Load:
    """Calls that hold a place for a few turns of the loop, and the most that held one together."""

    def __init__(self) -> None:
        self.now = self.most = self.heavy = self.most_heavy = 0

    async def call(self, places: Places, *, heavy: bool = False, turns: int = 5, width: int = 1) -> None:
        async with places.held(heavy=heavy, within=30, width=width):
            self.now += width
            self.heavy += heavy
            self.most, self.most_heavy = max(self.most, self.now), max(self.most_heavy, self.heavy)
            for _ in range(turns):
                await asyncio.sleep(0)
            self.now -= width
            self.heavy -= heavy


@pytest.mark.evidence("limits.concurrency")
@pytest.mark.parametrize("edition", AT_ONCE)
async def test_an_edition_allows_so_many_calls_at_once(edition: str):
    places, load = Places(), Load()
    places.learn(edition.title())
    await asyncio.gather(*(load.call(places) for _ in range(60)))
    assert load.most == AT_ONCE[edition]


async def test_an_unknown_edition_is_held_to_the_smallest():
    places, load = Places(), Load()
    places.learn("Galactic")
    await asyncio.gather(*(load.call(places) for _ in range(20)))
    assert load.most == 5


@pytest.mark.evidence("limits.sub-concurrency")
async def test_heavy_calls_have_ten_places_and_do_not_hold_up_light_ones():
    places, load = Places(), Load()
    places.learn("ultimate")
    heavy = [load.call(places, heavy=True) for _ in range(30)]
    light = [load.call(places) for _ in range(30)]
    await asyncio.gather(*heavy, *light)
    assert (load.most_heavy, load.most) == (HEAVY, 25)


@pytest.mark.evidence("limits.sub-concurrency")
async def test_a_composite_call_takes_five_places(answering, issued):
    session = Session("http://localhost", issued, transport=InProcess(answering((200, {}))))
    session.line.places.learn("standard")
    seen: list[int] = []
    take = session.line.places.take

    async def watched(**asked: Any) -> None:
        await take(**asked)
        seen.append(session.line.places._used["call"])

    session.line.places.take = watched  # type: ignore[method-assign]
    await session.call(operations.COMPOSITE, json={})
    await session.call(endpoints.GET_ORG)
    assert seen == [5, 1]


async def test_wide_calls_stay_within_the_limit_and_are_not_starved_by_narrow_ones():
    places, load = Places(), Load()
    places.learn("standard")
    order: list[str] = []

    async def told(name: str, width: int) -> None:
        await load.call(places, heavy=width > 1, width=width)
        order.append(name)

    narrow = [told(f"narrow {n}", 1) for n in range(8)]
    later = [told(f"later {n}", 1) for n in range(40)]
    await asyncio.gather(*narrow, *(told(f"wide {n}", 5) for n in range(3)), *later)
    assert load.most <= 10
    assert max(order.index(f"wide {n}") for n in range(3)) < 20


async def test_a_wide_call_goes_with_what_other_processes_leave(tmp_path: Path):
    state = SqliteState(tmp_path / "state.db")
    assert state.lease("me", "call", "other", 3, 3, 5, 1_000.0, 60) == 3
    places, load = Places(SharedSlots(state, "me"), now=lambda: 1_000.0), Load()
    await asyncio.gather(
        *(load.call(places, width=5) for _ in range(3)), *(load.call(places) for _ in range(4))
    )
    assert load.now == 0
    assert load.most == 5
    await places.aclose()
    state.close()


async def test_a_caller_that_gives_up_leaves_its_turn_to_the_next():
    places, load = Places(), Load()
    tasks = [asyncio.create_task(load.call(places, turns=20)) for _ in range(30)]
    await asyncio.sleep(0)
    for task in tasks[5:25]:
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(result is None for result in done) == 10
    await asyncio.gather(*(load.call(places) for _ in range(20)))
    assert load.most == 5
    assert load.now == 0


async def test_a_place_that_does_not_come_free_in_time_is_an_error_before_anything_is_sent():
    places = Places()

    async def for_ever() -> None:
        async with places.held(heavy=False, within=1):
            await asyncio.Event().wait()

    holders = [asyncio.create_task(for_ever()) for _ in range(5)]
    await asyncio.sleep(0)
    with pytest.raises(NotSent) as caught:
        async with places.held(heavy=False, within=0.01):
            pytest.fail("there was no place")
    assert caught.value.problem.code == "NO_PLACE"
    for holder in holders:
        holder.cancel()
    await asyncio.wait(holders)
    async with places.held(heavy=False, within=1):
        pass


async def test_two_connections_of_one_profile_together_stay_within_the_limit(tmp_path: Path):
    state = SqliteState(tmp_path / "state.db")
    load = Load()
    both = [Places(SharedSlots(state, "me")) for _ in range(2)]
    await asyncio.gather(*(load.call(places) for places in both for _ in range(15)))
    assert load.most <= 5
    assert load.now == 0
    for places in both:
        await places.aclose()
    assert state.lease("me", "call", "new", 0, 5, 5, 0, 1) == 5
    state.close()


async def test_when_what_processes_share_fails_this_one_goes_on_alone(caplog: pytest.LogCaptureFixture):
    class Damaged:
        def lease(self, *_: Any) -> int:
            raise OSError("database disk image is malformed")

    places, load = Places(Damaged()), Load()
    await asyncio.gather(*(load.call(places) for _ in range(20)))
    assert load.most == 5
    assert caplog.text.count("malformed") == 1
    await places.aclose()


async def test_another_profile_has_places_of_its_own(tmp_path: Path):
    state = SqliteState(tmp_path / "state.db")
    mine, theirs = (Places(SharedSlots(state, name)) for name in ("me", "you"))
    async with mine.held(heavy=False, within=5), theirs.held(heavy=False, within=5):
        pass
    await mine.aclose()
    await theirs.aclose()
    state.close()


async def test_places_of_a_process_that_died_come_back_when_their_lease_ends(tmp_path: Path):
    state = SqliteState(tmp_path / "state.db")
    time = [1_000.0]
    assert state.lease("me", "call", "dead", 5, 5, 5, time[0], 6) == 5

    class Watched:
        asked = 0

        def lease(self, *given: Any) -> int:
            self.asked += 1
            if self.asked == 5:
                time[0] += 6
            return SharedSlots(state, "me", "alive").lease(*given)

    slots = Watched()
    places = Places(slots, now=lambda: time[0])
    async with places.held(heavy=False, within=10):
        assert slots.asked >= 5
    await places.aclose()
    state.close()
