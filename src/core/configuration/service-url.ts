// Which addresses a service may have. Apart from the reading of config.yaml, because an address may stand in a file of its
// own and is then read when somebody is asked.
import { isLoopback } from "./addresses.ts";

/** Why this can't be the address of a service, in words; undefined when it can. Also for one that stood in a file. */
export function urlProblem(written: string): string | undefined {
  if (!URL.canParse(written)) return "this is no URL";
  const url = new URL(written);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname)))
    return "a service is asked over https; http only on this machine itself";
  if (url.username !== "" || url.password !== "") return "a URL shows its password to everyone: use token-file";
  return undefined;
}
