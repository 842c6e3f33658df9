// The program's version, as a constant: reading package.json at every start would cost more than it is worth.
// A test holds it equal to package.json.
export const VERSION = "0.1.0";
