// What the admin's framework does that the Content-Security-Policy forbids (faceroster/core/csp.py), done otherwise.

// htmx is to bring no styles of its own.
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.selfRequestsOnly = true;

// Alpine writes styles as text into the attribute; the same text through the style object is allowed.
{
    const plain = Element.prototype.setAttribute;
    Element.prototype.setAttribute = function (name, value) {
        if (name === "style" && this.style) this.style.cssText = value;
        else plain.call(this, name, value);
    };
}
