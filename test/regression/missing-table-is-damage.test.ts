// A store without one of its tables or columns was called a defect of the program (70). It is damage: 74.
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { privateDirectory } from "../session/scene.ts";
import { storeAt } from "../store/crew.ts";

test.each(["DROP TABLE results", "ALTER TABLE results RENAME COLUMN xml TO other"])("%s is damage", async (sql) => {
  const path = join(privateDirectory(), "trail.db");
  const store = storeAt(path);
  await store.listRequests({});
  await store.close();
  const file = new Sqlite(path);
  file.exec(sql);
  file.close();
  const session = "s0000000001" as Parameters<typeof store.result>[0];
  await expect(storeAt(path).result(session)).rejects.toMatchObject({ code: "store-corrupt" });
});
