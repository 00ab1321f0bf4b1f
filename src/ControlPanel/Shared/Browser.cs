using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace ControlPanel.Shared;

/// <summary>What only the browser can do, behind names. One for each circuit; loads its script once.</summary>
public sealed class Browser(IJSRuntime js) : IAsyncDisposable
{
    private Task<IJSObjectReference>? _module;
    private TimeZoneInfo? _zone;

    /// <summary>Opens a native modal dialog.</summary>
    public ValueTask OpenDialogAsync<T>(ElementReference dialog, DotNetObjectReference<T> owner)
        where T : class => CallAsync("openDialog", dialog, owner);

    /// <summary>Closes it; the browser gives the focus back to where it was.</summary>
    public ValueTask CloseDialogAsync(ElementReference dialog) => CallAsync("closeDialog", dialog);

    /// <summary>Copies text, on plain HTTP too.</summary>
    public async Task<bool> CopyAsync(string text, ElementReference button) =>
        await (await ModuleAsync()).InvokeAsync<bool>("copy", text, button);

    /// <summary>Offers text as a file made in the browser: it is in no address and no response.</summary>
    public ValueTask DownloadAsync(string name, string text) => CallAsync("download", name, text);

    /// <summary>Fetches an address as a file, without leaving the page.</summary>
    public ValueTask DownloadFromAsync(string address) => CallAsync("downloadFrom", address);

    /// <summary>
    /// What stands in a text field that the page does not follow: streamed, because a message of a circuit is small, and
    /// so that a pasted secret is in no event and no render.
    /// </summary>
    /// <returns>The UTF-8 bytes and a line break after them; <see langword="null"/> when they are more.</returns>
    public async Task<byte[]?> ReadTextAsync(ElementReference field, int maxBytes)
    {
        await using var text = await (await ModuleAsync()).InvokeAsync<IJSStreamReference>("textOf", field);
        if (text.Length > maxBytes)
        {
            return null;
        }

        await using var stream = await text.OpenReadStreamAsync(maxBytes);
        return await HandedIn.ReadAsync(stream, (int)text.Length);
    }

    /// <summary>Has the person use a passkey, as the proof that step-up asks for.</summary>
    /// <returns>Empty when it was confirmed; otherwise what to say.</returns>
    public async Task<string> ConfirmByPasskeyAsync() =>
        // As long as the browser itself waits for the authenticator, and a little more.
        await (await ModuleAsync()).InvokeAsync<string>("confirmByPasskey", TimeSpan.FromMinutes(6));

    /// <summary>Moves the focus.</summary>
    public ValueTask FocusAsync(string elementId) => CallAsync("focusById", elementId);

    /// <summary>Whether the page is shown dark.</summary>
    public async Task<bool> IsDarkAsync() => await (await ModuleAsync()).InvokeAsync<bool>("theme");

    /// <summary>Shows the page dark or light, and remembers it.</summary>
    public ValueTask SetThemeAsync(bool dark) => CallAsync("setTheme", dark);

    /// <summary>The viewer's time zone; UTC when the browser's name for it is not known here.</summary>
    public async Task<TimeZoneInfo> ZoneAsync()
    {
        if (_zone is null)
        {
            var name = await (await ModuleAsync()).InvokeAsync<string>("timeZone");
            _zone = TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : TimeZoneInfo.Utc;
        }

        return _zone;
    }

    public async ValueTask DisposeAsync()
    {
        if (_module is { IsCompletedSuccessfully: true })
        {
            try
            {
                await _module.Result.DisposeAsync();
            }
            catch (JSDisconnectedException)
            {
                // The window is gone, and the script with it.
            }
        }
    }

    private async ValueTask CallAsync(string function, params object?[] arguments)
    {
        try
        {
            await (await ModuleAsync()).InvokeVoidAsync(function, arguments);
        }
        catch (JSDisconnectedException)
        {
            // Nobody is there to see it.
        }
    }

    private Task<IJSObjectReference> ModuleAsync() =>
        _module ??= js.InvokeAsync<IJSObjectReference>("import", "/js/panel.js").AsTask();
}
