// The page of the practice class. Without this script its form asks for the page again, with the marks.
import { practise } from "./register.js";

practise(document.getElementById("register"));
