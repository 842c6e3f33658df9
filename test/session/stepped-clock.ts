// Loaded before a program whose wall clock a test sets: at SIGUSR2 the time is STEP_MS later (or earlier) from then on. The
// machine's own clock is nobody's to step.
const step = Number(process.env["STEP_MS"]);
const { now } = Date;
process.on("SIGUSR2", () => {
  Date.now = () => now() + step;
});
