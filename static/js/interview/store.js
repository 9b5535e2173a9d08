// What an interviewer's browser keeps: sheets that are not sent yet, in IndexedDB, so that they survive reload and closing.
// A sheet holds ticks and a day, and nobody's name. It is deleted as soon as the server has it.

const NAME = "interview";
let opening;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("sheets", { keyPath: "key" });
    asked.onsuccess = () => {
      asked.result.onversionchange = () => { asked.result.close(); opening = undefined; };
      resolve(asked.result);
    };
    asked.onerror = () => { opening = undefined; reject(asked.error); };
  });
  return opening;
}

async function transact(mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction("sheets", mode, { durability: "strict" });
    const asked = work(transaction.objectStore("sheets"));
    transaction.oncomplete = () => resolve(asked?.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

/** Keep a sheet {key, link, on, at, miss, takenBackAt, choices}; it is safe when this returns. */
export const keep = (sheet) => transact("readwrite", (sheets) => sheets.put(sheet));

/** The sheets of one link that are not sent. */
export const keptOf = async (link) => (await transact("readonly", (sheets) => sheets.getAll())).filter((sheet) => sheet.link === link);

/** Forget sheets that arrived, unless they were taken back while they were on their way: that is still to be told. */
export const forget = (sent) => transact("readwrite", (sheets) => {
  for (const { key, takenBackAt } of sent) {
    const asked = sheets.get(key);
    asked.onsuccess = () => { if (asked.result?.takenBackAt === takenBackAt) sheets.delete(key); };
  }
});

/** The last miss of a link, kept after it was sent so that it can be taken back; null forgets it. */
export const keepLast = (link, miss) => transact("readwrite", (sheets) => sheets.put({ key: `last ${link}`, link: "", miss }));
export const lastOf = async (link) => (await transact("readonly", (sheets) => sheets.get(`last ${link}`)))?.miss ?? null;
