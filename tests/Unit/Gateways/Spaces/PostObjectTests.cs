using System.Globalization;
using System.Net;
using System.Text;
using ControlPanel.Tests.Unit.Support;

namespace ControlPanel.Tests.Unit.Gateways.Spaces;

/// <summary>Uploads by a form with a signed policy.</summary>
public sealed class PostObjectTests(TestPanel panel) : IClassFixture<TestPanel>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_form_uploads_under_the_files_own_name_and_answers_as_asked()
    {
        var caller = await SpacesCaller.CreateAsync(panel, "raw-photos:readwrite");
        foreach (var (status, expected) in ((string, int)[])[("", 204), ("200", 200), ("201", 201)])
        {
            using var answer = await PostAsync(caller, "raw-photos", "photo", status);
            Assert.Equal(expected, (int)answer.StatusCode);
            var stored = await caller.SendAsync("GET", "/raw-photos/forms/%C3%BC%20a.txt");
            Assert.Equal((200, "photo", "image/png"), (stored.Status, stored.Body, stored.Headers["content-type"]));
            Assert.Equal("fjord", stored.Headers["x-amz-meta-place"]);
            await caller.SendAsync("DELETE", "/raw-photos/forms/%C3%BC%20a.txt");
        }
    }

    [Fact]
    public async Task A_form_leads_on_to_where_its_policy_says()
    {
        var caller = await SpacesCaller.CreateAsync(panel, "raw-photos:readwrite");
        using var answer = await PostAsync(
            caller,
            "raw-photos",
            "photo",
            extra: ("success_action_redirect", "https://shop.example.com/done")
        );
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.StartsWith(
            "https://shop.example.com/done?bucket=raw-photos&key=forms",
            answer.Headers.Location!.OriginalString,
            StringComparison.Ordinal
        );
        Assert.Equal(204, (await caller.SendAsync("DELETE", "/raw-photos/forms/%C3%BC%20a.txt")).Status);
    }

    [Fact]
    public async Task What_policy_or_grants_do_not_allow_leaves_nothing_at_the_store()
    {
        var caller = await SpacesCaller.CreateAsync(panel, "final-photos:read", "raw-photos:readwrite");
        (string Bucket, string File, (string, string)? Extra, string? Key, string Code)[] cases =
        [
            ("final-photos", "photo", null, null, "AccessDenied"),
            ("marketing-materials", "photo", null, null, "AccessDenied"),
            ("raw-photos", new string('x', 101), null, null, "EntityTooLarge"),
            ("raw-photos", "", null, null, "EntityTooLarge"),
            ("raw-photos", "photo", ("x-amz-grant-read", "everybody"), null, "AccessDenied"),
            ("raw-photos", "photo", ("x-amz-copy-source", "marketing-materials/slogans.txt"), null, "AccessDenied"),
            ("raw-photos", "photo", null, "forms/../../marketing-materials/x", "InvalidURI"),
            ("raw-photos", "photo", null, "elsewhere/x", "AccessDenied"),
        ];
        foreach (var (bucket, file, extra, key, code) in cases)
        {
            using var answer = await PostAsync(caller, bucket, file, extra: extra, key: key);
            Assert.Contains(
                $"<Code>{code}</Code>",
                await answer.Content.ReadAsStringAsync(Ct),
                StringComparison.Ordinal
            );
        }

        var list = await caller.SendAsync("GET", "/raw-photos?list-type=2&prefix=forms");
        Assert.DoesNotContain("<Key>", list.Body, StringComparison.Ordinal);
        using var late = await PostAsync(caller, "raw-photos", "photo", expires: TimeSpan.FromMinutes(-1));
        Assert.Equal(HttpStatusCode.Forbidden, late.StatusCode);
        await caller.DeleteAsync();
        using var dead = await PostAsync(caller, "raw-photos", "photo");
        Assert.Contains(
            "<Code>InvalidAccessKeyId</Code>",
            await dead.Content.ReadAsStringAsync(Ct),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_form_that_breaks_off_is_refused()
    {
        var caller = await SpacesCaller.CreateAsync(panel, "raw-photos:readwrite");
        using var form = Form(caller, "raw-photos", "photo", "", null, null, TimeSpan.FromMinutes(5));
        var whole = await form.ReadAsByteArrayAsync(Ct);
        using var client = new HttpClient { BaseAddress = new Uri(panel.App.Addresses.Spaces) };
        foreach (var length in (int[])[0, 10, whole.Length / 2, whole.Length - 20])
        {
            using var part = new ByteArrayContent(whole, 0, length);
            part.Headers.ContentType = form.Headers.ContentType;
            using var answer = await client.PostAsync("/raw-photos", part, Ct);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }

        Assert.Equal(404, (await caller.SendAsync("HEAD", "/raw-photos/forms/%C3%BC%20a.txt")).Status);
    }

    private async Task<HttpResponseMessage> PostAsync(
        SpacesCaller caller,
        string bucket,
        string file,
        string status = "",
        (string Name, string Value)? extra = null,
        string? key = null,
        TimeSpan? expires = null
    )
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = new Uri(panel.App.Addresses.Spaces),
        };
        using var form = Form(caller, bucket, file, status, extra, key, expires ?? TimeSpan.FromMinutes(5));
        return await client.PostAsync("/" + bucket, form, Ct);
    }

    private static MultipartFormDataContent Form(
        SpacesCaller caller,
        string bucket,
        string file,
        string status,
        (string Name, string Value)? extra,
        string? key,
        TimeSpan expires
    )
    {
        var now = TimeProvider.System.GetUtcNow();
        var signer = caller.SignerAt(now);
        List<(string Name, string Value)> fields =
        [
            ("key", key ?? "forms/${filename}"),
            ("Content-Type", "image/png"),
            ("x-amz-meta-place", "fjord"),
            ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
            ("x-amz-credential", $"{caller.Id}/{signer.Scope}"),
            ("x-amz-date", now.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)),
        ];
        if (status.Length > 0)
        {
            fields.Add(("success_action_status", status));
        }

        if (extra is { } more)
        {
            fields.Add(more);
        }

        var conditions = fields
            .Where(f => f.Name != "key")
            .Select(f => $$"""{"{{f.Name}}":"{{f.Value}}"}""")
            .Append($$"""{"bucket":"{{bucket}}"}""")
            .Append("""["starts-with","$key","forms/"]""")
            .Append("""["content-length-range",1,100]""");
        var end = (now + expires).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var policy = Convert.ToBase64String(
            Encoding.UTF8.GetBytes($$"""{"expiration":"{{end}}","conditions":[{{string.Join(',', conditions)}}]}""")
        );
        fields.Add(("policy", policy));
        fields.Add(("x-amz-signature", signer.SignPolicy(policy)));
        var form = new MultipartFormDataContent("0123456789abcdef");
        foreach (var (name, value) in fields)
        {
            form.Add(new StringContent(value), name);
        }

        // As browsers send it: the name in UTF-8, raw.
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(file));
        content.Headers.TryAddWithoutValidation(
            "Content-Disposition",
            "form-data; name=\"file\"; filename=\"" + Latin1Of("ü a.txt") + "\""
        );
        form.Add(content);
        return form;
    }

    // The content writer turns header characters into Latin-1 bytes: these are the bytes of the UTF-8 name.
    private static string Latin1Of(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
}
