/** The camera as a recording: what the browser encodes, as it comes. */

const TYPES = ["video/webm;codecs=vp8,opus", "video/webm", "video/mp4"];
const PIECE_MILLISECONDS = 500;

export class Camera {
  /** "asking" while the browser asks whether it may; "showing" what it sees; "recording" it. */
  phase = $state<"asking" | "showing" | "recording" | "failed">("asking");
  seconds = $state(0);
  error = $state<string | null>(null);
  stream = $state.raw<MediaStream | null>(null);
  private recorder: MediaRecorder | null = null;
  private closed = false;

  /** @param taken Called with the recording when it ends. */
  constructor(private readonly taken: (file: Blob) => void) {}

  /** Ask for the camera, at the back of a phone, and for the microphone only where it is wished for. */
  async open(withSound: boolean): Promise<void> {
    this.release();
    this.error = null;
    if (!navigator.mediaDevices || !("MediaRecorder" in window)) return this.fail("The camera can be used only over https or on this machine itself.");
    this.phase = "asking";
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: { ideal: "environment" } }, audio: withSound });
      if (this.closed) return stream.getTracks().forEach((track) => track.stop());
      this.stream = stream;
      this.phase = "showing";
    } catch (fault) {
      if (!this.closed) this.fail(sentence(fault as DOMException, withSound));
    }
  }

  /** @param most Where the recording ends by itself. */
  record(most: { seconds: number; bytes: number }): void {
    if (this.stream === null || this.phase !== "showing") return;
    const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one));
    const recorder = (this.recorder = new MediaRecorder(this.stream, type ? { mimeType: type } : {}));
    const pieces: Blob[] = [];
    let bytes = 0;
    const started = performance.now();
    recorder.ondataavailable = ({ data }) => {
      pieces.push(data);
      bytes += data.size;
      this.seconds = (performance.now() - started) / 1000;
      // One more piece must still fit in.
      if (recorder.state === "recording" && (this.seconds >= most.seconds || bytes > most.bytes * 0.95)) recorder.stop();
    };
    recorder.onstop = () => {
      const thrownAway = this.recorder !== recorder;
      this.close();
      if (!thrownAway && bytes > 0) this.taken(new Blob(pieces, { type: recorder.mimeType }));
    };
    recorder.onerror = () => this.fail("The recording broke off; another program may be using the camera.");
    this.stream.getTracks().forEach((track) => (track.onended = () => this.stop()));
    this.seconds = 0;
    recorder.start(PIECE_MILLISECONDS);
    this.phase = "recording";
  }

  /** End the recording and hand it over. */
  stop(): void {
    if (this.recorder?.state === "recording") this.recorder.stop();
  }

  /** Let camera and microphone go; a recording that was not stopped is thrown away. */
  close(): void {
    this.closed = true;
    this.release();
  }

  private release(): void {
    const recorder = this.recorder;
    this.recorder = null;
    if (recorder?.state === "recording") recorder.stop();
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
  }

  private fail(sentence: string): void {
    this.release();
    this.error = sentence;
    this.phase = "failed";
  }
}

function sentence(fault: DOMException, withSound: boolean): string {
  const what = withSound ? "camera and the microphone" : "camera";
  if (fault.name === "NotAllowedError") return `The browser was not allowed to use the ${what}. Allow it in the address bar, then try again.`;
  if (fault.name === "NotFoundError") return withSound ? "No camera with a microphone was found." : "No camera was found.";
  return "The camera cannot be used just now; another program may be using it.";
}
