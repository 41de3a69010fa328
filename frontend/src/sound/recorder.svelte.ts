/**
 * The microphone as samples, with no codec between: what is recorded is what the model gets.
 */
import { wav } from "./samples";
import worklet from "./recorder.worklet.js?url";

const QUIETEST_DECIBELS = -60;

export class Recorder {
  /** "asking" while the browser asks whether it may. */
  phase = $state<"idle" | "asking" | "recording">("idle");
  seconds = $state(0);
  /** Between 0, silence, and 1, full scale; in equal steps of decibels. */
  level = $state(0);
  error = $state<string | null>(null);
  private stream: MediaStream | null = null;
  private context: AudioContext | null = null;
  private node: AudioWorkletNode | null = null;
  private pieces: Float32Array[] = [];
  private frames = 0;

  /** @param taken Called with the recording when it ends. */
  constructor(private readonly taken: (file: Blob) => void) {}

  async start(mostSeconds: number): Promise<void> {
    if (this.phase !== "idle") return;
    this.error = null;
    if (!navigator.mediaDevices) return void (this.error = "The microphone can be used only over https or on this machine itself.");
    this.phase = "asking";
    try {
      // Plain sound: what makes speech pleasant for people takes away what a model listens to.
      const constraints = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
      const stream = await navigator.mediaDevices.getUserMedia({ audio: constraints });
      if (this.phase !== "asking") return stream.getTracks().forEach((track) => track.stop());
      this.stream = stream;
      await this.listen(stream, mostSeconds);
    } catch (fault) {
      this.release();
      this.error = sentence(fault as DOMException);
    }
  }

  /** End the recording and hand it over. */
  stop(): void {
    if (this.phase !== "recording") return this.cancel();
    this.node?.port.postMessage("end");
  }

  /** Throw the recording away, and let the microphone go. */
  cancel(): void {
    this.release();
  }

  private async listen(stream: MediaStream, mostSeconds: number): Promise<void> {
    const context = (this.context = new AudioContext());
    await context.audioWorklet.addModule(worklet);
    if (this.context !== context) return;
    const node = (this.node = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" }));
    node.port.onmessage = (event: MessageEvent<Float32Array | null>) => {
      if (event.data === null) this.finish(context.sampleRate);
      else this.add(event.data, context.sampleRate, mostSeconds);
    };
    context.createMediaStreamSource(stream).connect(node);
    void context.resume();
    stream.getTracks().forEach((track) => (track.onended = () => this.stop()));
    this.pieces = [];
    this.frames = this.seconds = 0;
    this.phase = "recording";
  }

  private add(piece: Float32Array, rate: number, mostSeconds: number): void {
    this.pieces.push(piece);
    this.frames += piece.length;
    this.seconds = this.frames / rate;
    const loudest = piece.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    this.level = Math.max(0, Math.min(1, 1 - (20 * Math.log10(loudest + 1e-9)) / QUIETEST_DECIBELS));
    if (this.seconds >= mostSeconds) this.stop();
  }

  private finish(rate: number): void {
    const whole = new Float32Array(this.frames);
    let place = 0;
    for (const piece of this.pieces) {
      whole.set(piece, place);
      place += piece.length;
    }
    this.release();
    if (whole.length === 0) this.error = "Nothing was recorded.";
    else this.taken(wav(rate, [whole]));
  }

  private release(): void {
    this.stream?.getTracks().forEach((track) => track.stop());
    void this.context?.close();
    this.stream = this.context = this.node = null;
    this.pieces = [];
    this.phase = "idle";
    this.level = 0;
  }
}

function sentence(fault: DOMException): string {
  if (fault.name === "NotAllowedError") return "The browser was not allowed to use the microphone. Allow it in the address bar, then try again.";
  if (fault.name === "NotFoundError") return "No microphone was found.";
  return "The microphone cannot be used just now; another program may be using it.";
}
