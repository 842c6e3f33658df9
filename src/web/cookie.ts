// The cookie of a visit. Under https its name says that only this host set it, for every path; over plain loopback
// browsers refuse that prefix, and send it to every port: two pages of this machine must not take each other's.
import { deleteCookie, setCookie } from "hono/cookie";
import type { SignedIn } from "../broker/sign-in.ts";
import type { Door } from "./doors.ts";
import type { PageContext } from "./serving.ts";

export const cookieName = (door: Door): string =>
  door.secure ? "__Host-jit-nmap" : `jit-nmap-${new URL(door.origin).port || "80"}`;

const attributes = (door: Door) => ({ path: "/", httpOnly: true, sameSite: "Strict", secure: door.secure }) as const;

export function keepVisit(c: PageContext, { secret, visit }: SignedIn): void {
  const door = c.get("door");
  const maxAge = Math.floor((visit.validUntil - visit.openedAt) / 1000);
  setCookie(c, cookieName(door), secret, { ...attributes(door), maxAge });
}

export function forgetVisit(c: PageContext): void {
  const door = c.get("door");
  deleteCookie(c, cookieName(door), attributes(door));
}
