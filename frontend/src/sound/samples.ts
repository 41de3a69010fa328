/** Sounds as samples in the page: fetching and decoding them, writing a wav, and the heights of a waveform. */
import type { Channels } from "./edits";

/** Longest sound that the page decodes and edits itself, in samples of all channels: five minutes at 48 kHz in mono. */
export const MOST_SAMPLES = 15_000_000;
const HEADER_BYTES = 44;

export interface Sound {
  rate: number;
  channels: Channels;
}

/** The very samples of a kept sound: at its own rate the browser has nothing to resample. */
export async function decoded(address: string, rate: number, signal?: AbortSignal): Promise<Sound> {
  const answer = await fetch(address, { signal: signal ?? null });
  if (!answer.ok) throw new Error("The sound could not be loaded.");
  const buffer = await new OfflineAudioContext(1, 1, rate).decodeAudioData(await answer.arrayBuffer());
  return { rate: buffer.sampleRate, channels: Array.from({ length: buffer.numberOfChannels }, (_, channel) => buffer.getChannelData(channel)) };
}

/** A wav of 16-bit samples. */
export function wav(rate: number, channels: Channels): Blob {
  const frames = channels[0]?.length ?? 0;
  const bytes = frames * channels.length * 2;
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + bytes));
  const write = (place: number, text: string) => [...text].forEach((letter, index) => view.setUint8(place + index, letter.charCodeAt(0)));
  write(0, "RIFF");
  view.setUint32(4, 36 + bytes, true);
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channels.length, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * channels.length * 2, true);
  view.setUint16(32, channels.length * 2, true);
  view.setUint16(34, 16, true);
  write(36, "data");
  view.setUint32(40, bytes, true);
  let place = HEADER_BYTES;
  for (let frame = 0; frame < frames; frame++) {
    for (const samples of channels) {
      view.setInt16(place, Math.max(-32768, Math.min(32767, Math.round(samples[frame]! * 32768))), true);
      place += 2;
    }
  }
  return new Blob([view.buffer], { type: "audio/wav" });
}

/** The loudest sample of each of `count` equal stretches, over all channels. */
export function peaks(channels: Channels, count: number): number[] {
  const frames = channels[0]?.length ?? 0;
  return Array.from({ length: Math.min(count, frames) }, (_, stretch) => {
    const end = Math.floor(((stretch + 1) * frames) / Math.min(count, frames));
    let loudest = 0;
    for (let frame = Math.floor((stretch * frames) / Math.min(count, frames)); frame < end; frame++) {
      for (const samples of channels) loudest = Math.max(loudest, Math.abs(samples[frame]!));
    }
    return loudest;
  });
}

/** A place in a sound: "4.20 s", "1:04.2". */
export function clock(seconds: number): string {
  if (seconds < 59.995) return `${seconds.toFixed(2)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = Math.floor((seconds - minutes * 60) * 10) / 10;
  return `${minutes}:${rest.toFixed(1).padStart(4, "0")}`;
}
