import { clamp, type Point } from "./boxes";

/** Room around the picture, in pixels of the screen, for handles that lie on its edges. */
const MARGIN = 18;
const CLOSEST = 16;
/** A picture of one pixel's width can still be seen. */
const THINNEST = 2;

/** Where on the stage the picture is: how near, and how far from the middle. In pixels of the screen. */
export class View {
  width = $state(0);
  height = $state(0);
  zoom = $state(1);
  private x = $state(0);
  private y = $state(0);
  private picture = $state.raw({ width: 1, height: 1 });

  private readonly fit = $derived(
    Math.max(0, Math.min((this.width - 2 * MARGIN) / this.picture.width, (this.height - 2 * MARGIN) / this.picture.height)),
  );
  /** Pixels of the screen for each of the canvas. */
  readonly scale = $derived(this.fit * this.zoom);
  readonly shownWidth = $derived(Math.max(THINNEST, this.picture.width * this.scale));
  readonly shownHeight = $derived(Math.max(THINNEST, this.picture.height * this.scale));
  readonly left = $derived((this.width - this.shownWidth) / 2 + this.x);
  readonly top = $derived((this.height - this.shownHeight) / 2 + this.y);
  /** Width over height of the picture. */
  readonly ratio = $derived(this.picture.width / this.picture.height);

  hold(picture: { width: number; height: number }): void {
    if (picture.width === this.picture.width && picture.height === this.picture.height) return;
    this.picture = { width: picture.width, height: picture.height };
    this.panBy(0, 0);
  }

  /** The place on the picture, in fractions of it, at a place on the stage. */
  placeAt(x: number, y: number): Point {
    return [(x - this.left) / this.shownWidth, (y - this.top) / this.shownHeight];
  }

  /** A distance on the stage in fractions of the picture's width and height. */
  fractions(pixels: number): Point {
    return [pixels / this.shownWidth, pixels / this.shownHeight];
  }

  zoomBy(factor: number, x = this.width / 2, y = this.height / 2): void {
    const zoom = clamp(this.zoom * factor, 1, CLOSEST);
    const change = zoom / this.zoom;
    // What is under the pointer stays there.
    const across = x - this.width / 2;
    const down = y - this.height / 2;
    this.x = across + (this.x - across) * change;
    this.y = down + (this.y - down) * change;
    this.zoom = zoom;
    this.panBy(0, 0);
  }

  panBy(x: number, y: number): void {
    const across = Math.max(0, (this.shownWidth + 2 * MARGIN - this.width) / 2);
    const down = Math.max(0, (this.shownHeight + 2 * MARGIN - this.height) / 2);
    this.x = clamp(this.x + x, -across, across);
    this.y = clamp(this.y + y, -down, down);
  }

  reset(): void {
    this.zoom = 1;
    this.x = this.y = 0;
  }
}
