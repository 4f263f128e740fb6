"""The hands of a teacher on the sheet, with and without a network."""

import re
import sys

STRIP, STATE = "#offline-strip", "#sheet-state"
SAID, UNDO = "#sheet-said", "#sheet-undo"
PUPILS = 35
SEND = re.compile("^(Gửi điểm danh|Gửi lại)$")


def path(school_class, date, session="am"):
    """Address of a sheet."""
    return f"/attendance/{school_class.pk}/{date.isoformat()}/{session}/"


def settle(page):
    """Wait until the device keeps the frame and the class lists.

    The page itself looks again and again: Playwright's `wait_for_function` takes the promise of
    an asynchronous predicate for a yes, and so waits for nothing.
    """
    page.evaluate(
        """async () => {
            const late = new Promise((_, reject) => {
                setTimeout(() => reject(new Error("no worker is there")), 20000);
            });
            await Promise.race([navigator.serviceWorker.ready, late]);
            const kept = async () => {
                const names = (await indexedDB.databases()).map((each) => each.name);
                const name = names.find((each) => each.startsWith("pocket:"));
                if (!name) return 0;
                const answer = (request) => new Promise((resolve, reject) => {
                    request.onsuccess = () => resolve(request.result);
                    request.onerror = () => reject(request.error);
                });
                const database = await answer(indexedDB.open(name));
                const stores = [...database.objectStoreNames];
                const count = stores.includes("classes")
                    ? await answer(database.transaction("classes").objectStore("classes").count())
                    : 0;
                database.close();
                return count;
            };
            const until = performance.now() + 20000;
            while (!(await kept())) {
                if (performance.now() > until) throw new Error("no class list is kept");
                await new Promise((resolve) => setTimeout(resolve, 50));
            }
        }"""
    )


def go_offline(page, offline=True):
    """Take the network away, or give it back."""
    page.context.set_offline(offline)
    page.problems.clear()


def open_online(page, url):
    """Give the network back and open a page of the server.

    The page that was open sends nothing more: the browser gives a page that it is taking down
    its network back. It tells its worker a moment later than a page; until then the frame
    answers.
    """
    page.evaluate("() => { window.fetch = () => Promise.reject(new TypeError('it is gone')); }")
    page.goto("about:blank")
    go_offline(page, False)
    for _time in range(50):
        page.goto(url)
        if not page.locator("#view-lists").count():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"still the frame at {url}")


def shift_clock(page, *, hours):
    """Every page opened from now on believes that it is later."""
    page.add_init_script(f"const now = Date.now; Date.now = () => now() + {hours} * 3600000;")


def mark(page, name, letter):
    """Tap a mark: letter is its label, such as "K, không phép"."""
    page.get_by_role("group", name=name).get_by_label(letter).check()


def send(page):
    """Press the button that sends."""
    page.get_by_role("button", name=SEND).click()


def tell(capsys, figure):
    """Show a figure in the output of the run, passed or not."""
    with capsys.disabled():
        sys.stdout.write(f"\n{figure}\n")


def quiet(page):
    """Wait until the page has asked for all it needs."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)


def numbers_marked(page):
    """{order number: letter} of the marks on the sheet."""
    return page.evaluate(
        """() => Object.fromEntries(
            [...document.querySelectorAll(".mark:checked:not(.mark--here)")].map((each) => [
                each.closest(".roll__one").querySelector(".roll__no").textContent, each.value,
            ]),
        )"""
    )
