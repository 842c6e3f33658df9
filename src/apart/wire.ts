// Messages over a stream, each as four bytes of length (the highest first) and so many of JSON. Nothing here knows what
// they mean; whoever reads one checks it before use (shape.ts).
import type { Duplex } from "node:stream";

export interface Wire {
  /** Resolves when there is room for more: who sends much waits for it. Nothing happens once the wire is gone. */
  send(message: object): Promise<void>;
  /** Ends it from this side; `over` is not called for that. */
  close(): void;
}

const HEADER = 4;

/**
 * @param mostBytes  of one message that is read; a longer one is not read, and ends the wire.
 * @param heard  called with each message, in order.
 * @param over  called once when no more can come: the other side is gone, or did not keep to the form.
 */
export function wireOf(
  stream: Duplex,
  mostBytes: number,
  heard: (message: unknown) => void,
  over: (because: string) => void,
): Wire {
  let isOver = false;
  const end = (because: string): void => {
    if (isOver) return;
    isOver = true;
    stream.destroy();
    over(because);
  };
  let parts: Buffer[] = [];
  let size = 0;
  let wanted = HEADER;
  let inBody = false;
  stream.on("data", (part: Buffer) => {
    parts.push(part);
    size += part.length;
    while (!isOver && size >= wanted) {
      const whole = parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts);
      const bytes = whole.subarray(0, wanted);
      parts = [whole.subarray(wanted)];
      size -= wanted;
      if (!inBody) {
        wanted = bytes.readUInt32BE();
        inBody = true;
        if (wanted > mostBytes) end(`a message of ${wanted} bytes came, and ${mostBytes} are the most`);
        continue;
      }
      wanted = HEADER;
      inBody = false;
      let message: unknown;
      try {
        message = JSON.parse(bytes.toString("utf8"));
      } catch {
        end("a message came that is no JSON");
        return;
      }
      heard(message);
    }
  });
  stream.on("error", (error) => {
    end(error.message);
  });
  for (const event of ["end", "close"] as const)
    stream.on(event, () => {
      end("the other side is gone");
    });
  return {
    send(message) {
      if (isOver) return Promise.resolve();
      const body = Buffer.from(JSON.stringify(message), "utf8");
      const header = Buffer.alloc(HEADER);
      header.writeUInt32BE(body.length);
      stream.cork();
      stream.write(header);
      const room = stream.write(body);
      stream.uncork();
      if (room) return Promise.resolve();
      return new Promise((resolve) => {
        const go = (): void => {
          stream.off("drain", go);
          stream.off("close", go);
          resolve();
        };
        stream.on("drain", go);
        stream.on("close", go);
      });
    },
    close() {
      isOver = true;
      stream.destroy();
    },
  };
}
