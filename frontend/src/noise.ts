/**
 * Gaussian noise that a seed gives alike here and on the host: the same sequence as `widgets/_noise.py`.
 */
const LEVELS = 1 << 16;
let table: Float32Array | null = null;

/** The integer hash "lowbias32" of Chris Wellons (Prospecting for Hash Functions, 2018), of a number modulo 2**32. */
export function lowbias32(number: number): number {
  let hash = number >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The first `count` numbers of a sequence: mean 0, standard deviation 1. */
export function normalNoise(count: number, seed: number): Float32Array {
  const numbers = quantiles();
  const offset = lowbias32(seed);
  const noise = new Float32Array(count);
  for (let place = 0; place < count; place++) noise[place] = numbers[lowbias32(place + offset) >>> 16]!;
  return noise;
}

/** Normal quantiles at the middles of 65,536 equal parts of [0, 1]. */
export function quantiles(): Float32Array {
  return (table ??= Float32Array.from({ length: LEVELS }, (_, level) => normalQuantile((level + 0.5) / LEVELS)));
}

/** Quantile of the standard normal distribution. Source: Wichura, Algorithm AS 241 (1988), as Python's `statistics` has it. */
export function normalQuantile(probability: number): number {
  const centred = probability - 0.5;
  if (Math.abs(centred) <= 0.425) return centred * ratio(0.180625 - centred * centred, CENTRE);
  const root = Math.sqrt(-Math.log(centred < 0 ? probability : 1 - probability));
  const size = root <= 5 ? ratio(root - 1.6, FLANK) : ratio(root - 5, TAIL);
  return centred < 0 ? -size : size;
}

type Rational = readonly [numerator: readonly number[], denominator: readonly number[]];

function ratio(x: number, [numerator, denominator]: Rational): number {
  const value = (coefficients: readonly number[]) => coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
  return value(numerator) / value(denominator);
}

// Coefficients of the highest power first.
const CENTRE: Rational = [
  [2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457, 13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608],
  [5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867, 5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1],
];
const FLANK: Rational = [
  [7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258, 3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734],
  [1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459, 0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1],
];
const TAIL: Rational = [
  [2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093, 0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772],
  [2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4, 0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1],
];
