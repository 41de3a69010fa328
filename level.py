
import modelapp as ma

dose = ma.slider_input(min=0, max=10, value=4)
ma.number_output(dose * 2, label="Level")
