import signal
import threading
import time

import pytest


@pytest.fixture(autouse=True)
def interrupts_arrive():
    """A shell's background job is started with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt_after(seconds):
    timer = threading.Timer(seconds, lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGINT))
    timer.start()
    return timer


# More work than a test may take.
LONG = ["a very good film , not dull at all"] * 20000


@pytest.mark.parametrize(
    "call", [lambda m: m.explain(LONG, method="kernel-shap"), lambda m: m.predict(LONG * 50)], ids=["explain", "predict"]
)
def test_ctrl_c_ends_work(model, call):
    timer = interrupt_after(0.5)
    with pytest.raises(KeyboardInterrupt):
        call(model)
    timer.join()
    assert model.predict(["good"]).shape == (1,)  # it can be used as before


def test_a_handler_that_raises_something_else(model):
    class Stop(Exception):
        pass

    def handler(number, frame):
        raise Stop

    before = signal.signal(signal.SIGINT, handler)
    try:
        timer = interrupt_after(0.3)
        with pytest.raises(Stop):
            model.explain(LONG, method="kernel-shap")
        timer.join()
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_handler_that_goes_on(model):
    came = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(time.monotonic()))
    try:
        timer = interrupt_after(0.2)
        start = time.monotonic()
        count = 0
        while not came:  # a call that a signal comes into is finished
            count = len(model.explain(LONG[:2000], method="occlusion"))
            assert time.monotonic() - start < 60
        timer.join()
        assert count == 2000
    finally:
        signal.signal(signal.SIGINT, before)


def test_waiting_for_another_thread_can_be_interrupted(model):
    release = threading.Event()
    begun = threading.Event()

    def work():
        while not release.is_set():
            begun.set()
            model.explain(LONG[:100], method="kernel-shap", samples=500)

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait()
    timer = interrupt_after(0.3)
    with pytest.raises(KeyboardInterrupt):
        while True:
            model.predict(["good"])
    release.set()
    timer.join()
    thread.join()
