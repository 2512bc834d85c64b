// The storefront: what its pages do beyond plain forms.
import "./finding.js";
import "./buying.js";
import "./waiting.js";
