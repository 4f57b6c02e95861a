"""The page of a run in a real browser: nothing is loaded, everything is linked, and the keyboard reaches all of it."""

import json
import os
import shutil
from contextlib import ExitStack

import pytest

from sim.report.page.report import write_report
from tests.report.everything import everything

EVIL = "<script>alert(1)</script>"
SIZE = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def browser():
    """Chromium, as Debian has it."""
    path = shutil.which("chromium")
    if path is None:
        if "chromium" in os.environ.get("PATCHCELL_REQUIRE", "").split(","):
            pytest.fail("Chromium is asked for, and not there")
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with ExitStack() as stack:
        play = stack.enter_context(sync_playwright())
        one = play.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        stack.callback(one.close)
        yield one


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The page of a run whose scenario and network have names that are scripts."""
    folder = tmp_path_factory.mktemp("page") / "run"
    shutil.copytree(everything(tmp_path_factory), folder)
    for name in ("scenario.yaml", "manifest.json"):
        path = folder / name
        text = (
            path.read_text()
            .replace("everything", EVIL)
            .replace("label: Network", f"label: '{EVIL}'")
        )
        path.write_text(text)
    return write_report(folder)


@pytest.fixture(scope="module")
def opened(browser, file):
    """The page, and what it did beyond being read."""
    page = browser.new_page(viewport=SIZE)
    page.set_default_timeout(10_000)
    done = []
    page.on("request", lambda one: done.append(f"request {one.url[:80]}"))
    page.on(
        "console", lambda one: done.append(one.text) if one.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda one: done.append(f"error {one}"))
    page.on("dialog", lambda one: (done.append("dialog"), one.dismiss()))
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-state=ready]", timeout=20_000)
    return page, done


@pytest.fixture
def page(opened):
    one, _ = opened
    one.evaluate("scrollTo(0, 0)")
    return one


def listing(page, key):
    return page.evaluate("key => page.listings.get(key)", key)


def chosen(page):
    """What the panel says: its title and its numbers."""
    numbers = page.eval_on_selector_all(
        "#chosen dd", "all => all.map(one => [one.dataset.field, one.textContent])"
    )
    return page.inner_text("#chosen h3"), dict(numbers)


def row_of(page, name):
    """What the table says of a row."""
    row = page.locator("#table tbody tr", has=page.get_by_role("button", name=name, exact=True))
    cells = row.locator("td").evaluate_all("all => all.map(one => [one.dataset.field, one.textContent])")  # fmt: skip
    return row.get_attribute("class"), dict(cells)


def source(page, name):
    return page.evaluate(
        "name => { const d = page.map.find(name).data; return {x: [...d.x], y: [...d.y]}; }", name
    )


def click_site(page, row):
    sites = listing(page, "sites")
    page.locator("#map").scroll_into_view_if_needed()
    box = page.locator("#map").bounding_box()
    (west, east), (south, north) = page.evaluate("page.map.ranges.map(one => [one.start, one.end])")
    x = box["x"] + 1 + (sites["data"]["x_m"][row] - west) / (east - west) * (box["width"] - 2)
    y = box["y"] + 1 + (north - sites["data"]["y_m"][row]) / (north - south) * (box["height"] - 2)
    page.mouse.click(x, y)
    return sites["data"]["site"][row]


def test_nothing_is_loaded_and_nothing_goes_wrong(opened, file):
    _, done = opened
    assert done == [f"request {file.as_uri()[:80]}"]


def test_a_name_that_is_a_script_does_nothing(page):
    assert EVIL in page.inner_text("h1")
    assert page.evaluate("document.querySelectorAll('script').length") == 3


def test_layers_switch(page):
    seen = {}
    for layer in page.eval_on_selector_all("#layer option", "all => all.map(one => one.value)"):
        page.select_option("#layer", layer)
        image = page.evaluate("[...new Uint32Array(page.map.find('squares').data.image[0])]")
        seen[layer] = (tuple(image), page.inner_text("#legend"))
    assert set(seen) >= {
        "power",
        "leg_blocking",
        "utilisation",
        "noise_rise_db",
        "user_throughput_bps",
        "people",
    }
    assert len({image for image, _ in seen.values()}) == len(seen)
    assert len({legend for _, legend in seen.values()}) == len(seen)
    box = page.get_by_label("exchanges")
    box.uncheck()
    assert page.evaluate("page.map.find('layer_exchanges').visible") is False
    box.check()


def test_a_click_on_a_site_tells_what_the_table_tells(page):
    name = click_site(page, 0)
    title, told = chosen(page)
    assert title == name
    page.click("[data-key=sites]")
    mark, row = row_of(page, name)
    assert mark == "chosen"
    assert {key: told[key] for key in row} == row
    assert len(row) > 3


def test_a_click_on_the_ground_chooses_the_province(page):
    page.click("[data-key=sites]")
    page.locator("#map").click(position={"x": 8, "y": 60})
    code = listing(page, "provinces")["data"]["province"][0]
    page.wait_for_selector(f"#chosen h3:text-is('{code}')")
    assert len(page.evaluate("page.map.find('chosen_province').data.xs")) == 1
    assert page.locator("#table tr.also").count() == listing(page, "sites")["n_rows"]


def test_a_cell_is_marked_on_the_map_in_the_table_and_in_the_chart(page):
    cells, sites = listing(page, "cells"), listing(page, "sites")
    page.click("[data-key=cells]")
    name = cells["data"]["cell"][2]
    page.get_by_role("button", name=name, exact=True).click()
    assert row_of(page, name)[0] == "chosen"
    at = sites["data"]["site"].index(cells["data"]["site"][2])
    assert source(page, "chosen_point") == {
        "x": [sites["data"]["x_m"][at]],
        "y": [sites["data"]["y_m"][at]],
    }
    area = page.evaluate(
        "new Uint32Array(page.map.find('chosen_area').data.image[0]).filter(one => one).length"
    )
    assert area == page.evaluate("page.content.arrays.cell0.filter(one => one === 2).length") > 0
    assert len(page.evaluate("page.chart.chosen.data.x")) == 1
    page.evaluate("page.chart.points.selected.indices = [0]")  # as a click on a point does
    row = page.evaluate("page.chart.points.data.row[0]")
    assert chosen(page)[0] == cells["data"]["cell"][row]


def test_tables_are_sorted_and_filtered(page):
    page.click("[data-key=cells]")
    cells = listing(page, "cells")
    button = page.locator("#table thead button[data-column=carried_erl]")
    for order in ("descending", "ascending"):
        button.click()
        assert page.locator("#table th[aria-sort=" + order + "]").count() == 1
        rows = page.eval_on_selector_all(
            "#table tbody tr", "all => all.map(one => Number(one.dataset.row))"
        )
        values = [cells["data"]["carried_erl"][row] for row in rows]
        assert values == sorted(values, reverse=order == "descending")
    limit = sorted(cells["data"]["carried_erl"])[4]
    page.fill("#table input[type=search]", f"carried_erl>{limit} net")
    assert page.locator("#table tbody tr").count() == sum(
        one > limit for one in cells["data"]["carried_erl"]
    )
    assert (
        page.evaluate("page.chart.points.data.x.length") == page.locator("#table tbody tr").count()
    )
    page.fill("#table input[type=search]", "nowhere")
    assert page.locator("#table tbody tr").count() == 0
    page.fill("#table input[type=search]", "")


def test_numbers_are_shown_as_the_command_line_shows_them(page):
    from sim.runs.answers.numbers import shown

    for key in ("cells", "sites", "exchanges", "trunks", "provinces"):
        one = listing(page, key)
        texts = page.evaluate(
            "key => { const l = page.listings.get(key); return l.fields.map(f => "
            "Array.from({length: l.n_rows}, (_, row) => cellText(l, f, row))); }",
            key,
        )
        for field, column in zip(one["fields"], texts, strict=True):
            name, data = field["name"], one["data"]
            for row, text in enumerate(column):
                ends = {
                    end: data.get(f"{name}_{end}", [None] * one["n_rows"])[row]
                    for end in ("low", "high")
                }
                entry = {"value": data[name][row], **ends}
                if not field["is_text"]:
                    assert text == shown(entry, field["factor"]), (key, name, entry)


def test_curves_are_the_steps_of_the_table(page):
    page.select_option("#curve", "carried_erl")
    curve = page.evaluate("page.curves.curves.carried_erl.networks.all.value")
    assert page.evaluate("[...page.models[2].document.get_model_by_name('curve_all').data.y]") == curve  # fmt: skip
    assert page.locator("#curve-steps tbody tr").count() == len(curve)


def test_the_keyboard_alone_reaches_every_control(page):
    wanted = page.evaluate(
        "[...document.querySelectorAll('button, select, input, a[href], summary, [tabindex=\"0\"]')]"
        ".filter(one => one.checkVisibility() && !one.disabled)"
        ".map((one, at) => { one.dataset.control = at; return at; })"
    )
    page.focus(".skip")
    reached = {0}
    for _ in range(2 * len(wanted)):
        page.keyboard.press("Tab")
        at = page.evaluate("document.activeElement.dataset.control")
        if at is not None:
            reached.add(int(at))
        elif page.evaluate("document.activeElement === document.body"):
            break  # after the last; plots stop the key, too
    assert reached == set(wanted)
    page.locator("#table tbody button").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.locator("#table tbody tr.chosen").count() == 1


def test_what_a_number_says_is_told_at_a_touch(page):
    number = page.locator("#findings .number").first
    number.hover()
    assert "voice.attempts: attempts begun in the window" in page.inner_text("#tip")
    page.keyboard.press("Escape")
    assert page.locator("#tip").is_hidden()


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_everybody_can_read_it(page, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme=scheme)
    found = Axe().run(page, context="body", options={"resultTypes": ["violations"]})
    told = [
        (one["id"], [node["html"][:200] for node in one["nodes"]][:3])
        for one in found.response["violations"]
    ]
    assert not told, json.dumps(told, indent=1)
    page.emulate_media(color_scheme="light")


def test_print_has_the_numbers_and_no_controls(page):
    page.emulate_media(media="print")
    assert page.locator("nav").is_hidden()
    assert page.locator("#which").is_hidden()
    assert page.locator("#findings .number").first.is_visible()
    assert page.locator("details.group td").last.is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    widths = page.eval_on_selector_all("canvas.printed", "all => all.map(one => one.clientWidth)")
    assert len(widths) == 3
    assert min(widths) > 100
    assert page.locator("#map").is_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("canvas.printed").count() == 0
    page.emulate_media(media="screen")


def test_a_phone_shows_it_without_scrolling_sideways(page):
    page.set_viewport_size({"width": 375, "height": 700})
    page.wait_for_timeout(300)  # plots follow the window
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.set_viewport_size(SIZE)


def test_the_map_moves_by_buttons_and_keys(page):
    ends = "page.map.ranges.map(one => [one.start, one.end])"
    whole = page.evaluate(ends)
    page.click("[data-zoom='0.5']")
    near = page.evaluate(ends)
    assert near[0][1] - near[0][0] == pytest.approx((whole[0][1] - whole[0][0]) / 2)
    page.focus("#map")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(ends)[0][0] > near[0][0]
    page.click("#whole")
    assert page.evaluate(ends) == whole


def test_the_page_of_a_comparison_opens(browser, file):
    from sim.report.page.comparison import write_comparison
    from sim.runs.result import RunResult

    result = RunResult(file.parent, is_new=False)
    other = file.parent.with_name("other")
    shutil.copytree(file.parent, other, dirs_exist_ok=True)
    path = other / "scenario.yaml"
    path.write_text(path.read_text().replace("seed: ", "seed: 1"))
    page = browser.new_page(viewport=SIZE)
    wrong = []
    page.on("pageerror", lambda one: wrong.append(str(one)))
    page.on("dialog", lambda one: (wrong.append("dialog"), one.dismiss()))
    page.goto(write_comparison(other / "difference.html", result, RunResult(other, is_new=False)).as_uri())  # fmt: skip
    page.wait_for_selector("html[data-state=ready]", state="attached")
    assert EVIL in page.inner_text("h1")
    assert "0 measures differ, 0 of them surely" in page.inner_text("#findings")
    assert not wrong
    page.close()
