import { render } from "preact";
import "../styles/base.css";
import "../styles/sidebar.css";
import "./admin.css";
import { dress } from "../ui/theme";
import { App } from "./app";
import { follow } from "./route";
import { resume } from "./session";

dress();
follow();
const root = document.getElementById("app");
if (root) render(<App />, root);
void resume();
