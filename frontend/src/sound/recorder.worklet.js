// Hands the microphone's samples to the page, in pieces of about 40 ms.
const FRAMES = 2048;

class Recorder extends AudioWorkletProcessor {
  constructor() {
    super();
    this.piece = new Float32Array(FRAMES);
    this.filled = 0;
    this.ended = false;
    this.port.onmessage = () => {
      this.port.postMessage(this.piece.slice(0, this.filled));
      this.port.postMessage(null);
      this.ended = true;
    };
  }

  process([input]) {
    const samples = input[0];
    if (samples === undefined || this.ended) return !this.ended;
    this.piece.set(samples, this.filled);
    this.filled += samples.length;
    if (this.filled === FRAMES) {
      this.port.postMessage(this.piece.slice());
      this.filled = 0;
    }
    return true;
  }
}

registerProcessor("recorder", Recorder);
