"""Why an answer is what it is: what of an input it rests on.

`occlusion` hides parts of a value and sees what becomes of the answer.
"""
