// The queue's two tables in IndexedDB: sealed entries by their number, and what the queue must not forget.

const NAME = "faceroster-queue";

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const finished = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });

/** The store, made on first use. */
export async function openStore() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("entries", { keyPath: "counter" });
    request.result.createObjectStore("about");
  };
  return new Store(await done(request));
}

class Store {
  constructor(database) {
    this.database = database;
    database.onversionchange = () => database.close();
  }

  #begin(tables, mode) {
    // Strict: an entry is on the disk before anybody is told that it was taken, whatever the power does.
    return this.database.transaction(tables, mode, { durability: "strict" });
  }

  /** One of the things kept: "key" (a CryptoKey) or "chain". */
  about(name) {
    return done(this.#begin(["about"], "readonly").objectStore("about").get(name));
  }

  async keep(name, value) {
    const transaction = this.#begin(["about"], "readwrite");
    transaction.objectStore("about").put(value, name);
    await finished(transaction);
  }

  /** A sealed entry and the chain that goes on from it: both or neither. */
  async add(row, chain) {
    const transaction = this.#begin(["entries", "about"], "readwrite");
    transaction.objectStore("entries").add(row); // not put: no number is ever used twice
    transaction.objectStore("about").put(chain, "chain");
    await finished(transaction);
  }

  size() {
    return done(this.#begin(["entries"], "readonly").objectStore("entries").count());
  }

  /** The oldest rows, at most so many. */
  oldest(most) {
    return done(this.#begin(["entries"], "readonly").objectStore("entries").getAll(null, most));
  }

  async remove(counters) {
    const transaction = this.#begin(["entries"], "readwrite");
    for (const counter of counters) transaction.objectStore("entries").delete(counter);
    await finished(transaction);
  }
}
