// The live line: it says when it is lost, and comes back by itself.
const SILENCE_MS = 12000;
const AGAIN_MS = 1500;

export class Line {
  #url;
  #heard;
  #told;
  #source = null;
  #alarm = 0;

  // heard: by event name, called with its data; told: called with "joining", "live" or "lost"
  constructor(url, heard, told) {
    this.#url = url;
    this.#heard = heard;
    this.#told = told;
    this.#open();
  }

  #open() {
    const source = (this.#source = new EventSource(this.#url));
    for (const [name, heard] of Object.entries({ alive: () => {}, ...this.#heard })) {
      source.addEventListener(name, (event) => {
        this.#watch();
        this.#told("live");
        heard(event.data && name !== "alive" ? JSON.parse(event.data) : null, this);
      });
    }
    source.addEventListener("error", () => this.#again());
    this.#watch();
  }

  // Silence for long means that the line is gone, whatever the browser believes.
  #watch() {
    clearTimeout(this.#alarm);
    this.#alarm = setTimeout(() => this.#again(), SILENCE_MS);
  }

  #again() {
    this.close();
    this.#told("lost");
    this.#alarm = setTimeout(() => this.#ask(), AGAIN_MS);
  }

  // A session that has ended sends the page to where one signs in; anything else is tried again.
  async #ask() {
    try {
      const answer = await fetch("/tower/places.json", { method: "GET" });
      if (answer.status === 401) return location.assign("/sign-in");
      if (answer.ok) return this.#open();
    } catch {
      // The server is away.
    }
    this.#alarm = setTimeout(() => this.#ask(), AGAIN_MS);
  }

  close() {
    clearTimeout(this.#alarm);
    this.#source?.close();
  }
}
