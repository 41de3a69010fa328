/** Colours of boxes and masks by index: told apart over pictures, in both schemes and by most colour-blind eyes. */
const PALETTE = ["#4f8df5", "#f2a33a", "#2fb58a", "#e4572e", "#b07cf0", "#e9d24b", "#39b9d6", "#f07fb4"];

export function colour(index: number): string {
  return PALETTE[((index % PALETTE.length) + PALETTE.length) % PALETTE.length] ?? "#4f8df5";
}
