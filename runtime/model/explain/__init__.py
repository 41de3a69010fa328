"""Why an answer is what it is: what of an input it rests on, and how far that can be believed.

`subjects` says what of a run can be hidden, `regions` how it is divided, `probe` does the runs, `occlusion` makes the
map of them and `deletion` tests it. Nothing here knows a widget: inputs name their parts and hide them.
"""
