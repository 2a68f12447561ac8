import { blankFor } from '../../languages.js';

/** Joins the texts of parts while they come, so that all of it together is what `joinTexts` makes. */
export class Joiner {
  #language: string | undefined;
  /** Whether anything was said before this part. */
  #said = false;
  /** Whether nothing was said in this part. */
  #fresh = true;
  /** Blanks that may be the end of the part. */
  #held = '';

  beginPart(language: string | undefined): void {
    this.#language = language;
    this.#fresh = true;
    this.#held = '';
  }

  /** What is to be said now. */
  add(text: string): string {
    const whole = this.#held + text;
    const rest = this.#fresh ? whole.trimStart() : whole;
    const body = rest.trimEnd();
    this.#held = rest.slice(body.length);
    if (body === '') return '';
    const blank = this.#fresh && this.#said ? blankFor(this.#language) : '';
    this.#fresh = false;
    this.#said = true;
    return blank + body;
  }
}
