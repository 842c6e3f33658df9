// What the page counts about itself while it runs, in Prometheus' way. Separate because routes only add to it.

const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export class HttpFigures {
  readonly #answers = new Map<string, number>();
  readonly #buckets = bounds.map(() => 0);
  #count = 0;
  #seconds = 0;

  /** One answer, with its status and how long it took. */
  add(status: number, seconds: number): void {
    const kind = `${Math.floor(status / 100)}xx`;
    this.#answers.set(kind, (this.#answers.get(kind) ?? 0) + 1);
    this.#count += 1;
    this.#seconds += seconds;
    for (const [index, bound] of bounds.entries())
      if (seconds <= bound) this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
  }

  /** Lines of the text format, version 0.0.4. */
  lines(): readonly string[] {
    return [
      "# HELP jit_nmap_http_answers_total Answers of the page, by kind of status.",
      "# TYPE jit_nmap_http_answers_total counter",
      ...[...this.#answers].map(([kind, count]) => `jit_nmap_http_answers_total{status="${kind}"} ${count}`),
      "# HELP jit_nmap_http_seconds How long an answer of the page took.",
      "# TYPE jit_nmap_http_seconds histogram",
      ...bounds.map((bound, index) => `jit_nmap_http_seconds_bucket{le="${bound}"} ${this.#buckets[index] ?? 0}`),
      `jit_nmap_http_seconds_bucket{le="+Inf"} ${this.#count}`,
      `jit_nmap_http_seconds_sum ${this.#seconds}`,
      `jit_nmap_http_seconds_count ${this.#count}`,
    ];
  }
}
