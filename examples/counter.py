"""State, a button, and a loop that can be stopped: no model, just the runtime."""

import time

import modelapp as ma

ma.app("Counter", "A button, a number that outlives a restart, and a loop that you can stop.")

step = ma.number_input(value=1, min=1, max=100)
if ma.button("Add"):
    ma.state.count = ma.state.get("count", 0) + step
if ma.button("Start again", style="quiet"):
    ma.state.count = 0
ma.number_output(ma.state.get("count", 0), label="Count")

if ma.button("Count down slowly", style="quiet"):
    for _ in ma.progress(range(100), text="Counting down"):
        time.sleep(0.05)
    ma.text_output("Done.")
