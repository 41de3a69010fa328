/**
 * What an edit does to a sound: the page's form of `widgets/_sound_edits.py`, for listening before the host has answered.
 * The host's result is what counts. Pure functions of channels, all of one length.
 */
import type { SoundEdit } from "../protocol";
import { normalNoise } from "../noise";

export type Channels = readonly Float32Array[];

/** Samples with edits done in order, and then cut to [-1, 1]. */
export function edited(rate: number, channels: Channels, edits: readonly SoundEdit[]): Channels {
  const done = edits.reduce<Channels>((sound, edit) => applied(rate, sound, edit), channels);
  return done.map((samples) => samples.map((sample) => Math.max(-1, Math.min(1, sample))));
}

/** Samples with one edit done; nothing is cut to [-1, 1]. */
export function applied(rate: number, channels: Channels, edit: SoundEdit): Channels {
  switch (edit.op) {
    case "trim": {
      const first = Math.min(Math.floor(edit.start * rate + 0.5), length(channels) - 1);
      const end = Math.max(first + 1, Math.floor(edit.end * rate + 0.5));
      return channels.map((samples) => samples.subarray(first, end));
    }
    case "gain":
      return scaled(channels, amplitude(edit.decibels));
    case "noise":
      return noisy(channels, edit.snr_decibels, edit.seed ?? 0);
    case "reverse":
      return channels.map((samples) => samples.slice().reverse());
    case "speed":
      return channels.map((samples) => stretched(samples, 1 / edit.factor));
  }
}

function length(channels: Channels): number {
  return channels[0]?.length ?? 0;
}

function amplitude(decibels: number): number {
  return 10 ** (decibels / 20);
}

function scaled(channels: Channels, factor: number): Channels {
  return channels.map((samples) => samples.map((sample) => sample * factor));
}

function noisy(channels: Channels, snrDecibels: number, seed: number): Channels {
  const count = channels.length;
  const noise = normalNoise(length(channels) * count, seed);
  const factor = rootMeanSquare(channels) / rootMeanSquare([noise]) / amplitude(snrDecibels);
  return channels.map((samples, channel) => samples.map((sample, frame) => sample + noise[frame * count + channel]! * factor));
}

export function rootMeanSquare(channels: Channels): number {
  let sum = 0;
  for (const samples of channels) for (let place = 0; place < samples.length; place++) sum += samples[place]! ** 2;
  return Math.sqrt(sum / (channels.length * length(channels)));
}

const TAPS = 64;
const PASS_BAND = 0.95;
const KAISER_BETA = 10;
const KERNEL_STEPS = 512;

/** Samples stretched in time, through a band-limiting filter: a sinc under a Kaiser window. */
export function stretched(samples: Float32Array, factor: number): Float32Array {
  if (factor === 1) return samples;
  const band = Math.min(1, factor * PASS_BAND);
  const reach = TAPS / 2 / band;
  const kernel = tabulated(band, reach);
  const result = new Float32Array(Math.max(1, Math.floor(samples.length * factor + 0.5)));
  for (let place = 0; place < result.length; place++) {
    const centre = place / factor;
    const first = Math.max(0, Math.ceil(centre - reach));
    const last = Math.min(samples.length - 1, Math.floor(centre + reach));
    let sum = 0;
    for (let source = first; source <= last; source++) {
      const distance = Math.abs(source - centre) * KERNEL_STEPS;
      const step = Math.floor(distance);
      sum += samples[source]! * (kernel[step]! + (kernel[step + 1]! - kernel[step]!) * (distance - step));
    }
    result[place] = sum;
  }
  return result;
}

function tabulated(band: number, reach: number): Float64Array {
  const kernel = new Float64Array(Math.ceil(reach * KERNEL_STEPS) + 2);
  for (let step = 0; step < kernel.length; step++) {
    const distance = step / KERNEL_STEPS;
    const angle = Math.PI * distance * band;
    const window = distance >= reach ? 0 : bessel(KAISER_BETA * Math.sqrt(1 - (distance / reach) ** 2)) / bessel(KAISER_BETA);
    kernel[step] = band * (angle === 0 ? 1 : Math.sin(angle) / angle) * window;
  }
  return kernel;
}

/** The modified Bessel function of the first kind and order zero, by its series. */
function bessel(x: number): number {
  let sum = 1;
  for (let term = 1, order = 1; term > sum * 1e-12; order++) sum += term *= (x / 2 / order) ** 2;
  return sum;
}
