// Times for people: local with zone, or how long ago. JSON has them in UTC instead (core/time.ts).
import { formatDuration } from "../core/time.ts";

const two = (n: number): string => String(n).padStart(2, "0");

/** `2026-11-22 15:04:05 +01:00` in the zone of this process, from milliseconds since the Unix epoch. */
export function localTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ${zone}`;
}

/** `now`, `4m ago`, `3d ago`: the largest unit only. Both in milliseconds since the Unix epoch. */
export function ago(then: number, now: number): string {
  const seconds = Math.floor((now - then) / 1000);
  if (seconds < 1) return "now";
  return `${/^\d+[dhms]/.exec(formatDuration(seconds))?.[0] ?? ""} ago`;
}

/** `0:01:05`, as nmap writes it; seconds below zero are none. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}
