// Nobody is signed in: the next to hold this browser finds no scanning page of whoever was.
import { forgetPages } from "./scanner/pages.js";

forgetPages().catch(() => {});
