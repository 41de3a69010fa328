/** One sound at a time, by the browser's own player, which fetches only what it needs. */
export class Player<Name extends string> {
  /** What is loaded, playing or paused. */
  name = $state<Name | null>(null);
  playing = $state(false);
  /** Seconds from its beginning. */
  time = $state(0);
  error = $state<string | null>(null);
  private readonly audio = new Audio();
  private frame = 0;

  constructor() {
    this.audio.onplay = () => this.follow();
    this.audio.onpause = () => this.rest();
    this.audio.onended = () => this.rest();
    this.audio.onseeked = () => (this.time = this.audio.currentTime);
  }

  /** Play it from where it was paused, or pause it. */
  async toggle(name: Name, address: string | (() => Promise<string>)): Promise<void> {
    if (this.name === name && this.playing) return this.audio.pause();
    this.error = null;
    if (this.name !== name) {
      this.stop();
      this.name = name;
      const found = typeof address === "string" ? address : await address();
      if (this.name !== name) return;
      this.audio.src = found;
    }
    try {
      await this.audio.play();
    } catch (fault) {
      if ((fault as DOMException).name !== "AbortError") this.error = "The browser cannot play this sound.";
    }
  }

  seek(seconds: number): void {
    this.time = seconds;
    this.audio.currentTime = seconds;
  }

  /** Forget what was loaded. */
  stop(): void {
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.name = null;
    this.time = 0;
  }

  private follow(): void {
    this.playing = true;
    const look = () => {
      this.time = this.audio.currentTime;
      this.frame = requestAnimationFrame(look);
    };
    look();
  }

  private rest(): void {
    cancelAnimationFrame(this.frame);
    this.playing = false;
    this.time = this.audio.ended ? 0 : this.audio.currentTime;
  }
}
