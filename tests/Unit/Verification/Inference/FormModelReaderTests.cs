using System.Net.Http.Headers;
using System.Text;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Inference;
using Microsoft.AspNetCore.WebUtilities;

namespace ControlPanel.Tests.Unit.Verification.Inference;

/// <summary>Which model a form names: the one that strict and lenient parsers alike find, or none at all.</summary>
public sealed class FormModelReaderTests
{
    private const string B = BodyMutations.Boundary;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("name=\"model\"", "")]
    [InlineData("name=model", "Content-Type: text/plain; charset=utf-8\r\n")]
    [InlineData("name=\"model\"", "content-type: TEXT/PLAIN\r\n")]
    public void The_models_part_is_found_wherever_it_stands(string disposition, string extra)
    {
        var file = Part(
            "name=\"file\"; filename=\"a.wav\"",
            "RIFF\r\n--no delimiter\r\n",
            "Content-Type: audio/wav\r\n"
        );
        var model = Part(disposition, "whisper-1", extra);
        Assert.Equal(("whisper-1", BodyFault.None), Read(file + model + End));
        Assert.Equal(("whisper-1", BodyFault.None), Read(model + file + End));
        Assert.Equal(("", BodyFault.None), Read(file + End));
    }

    [Fact]
    public async Task What_dotnets_own_client_writes_is_read()
    {
        using var form = new MultipartFormDataContent("qasPl10=keoYyCs=rdSW")
        {
            { new ByteArrayContent([1, 2, 3]), "image", "ä.png" },
            { new StringContent("gpt-image-1"), "model" },
            { new StringContent("a cat"), "prompt" },
        };
        var body = await form.ReadAsByteArrayAsync(Ct);
        Assert.Equal(BodyForm.Form, BodyType.Read(form.Headers.ContentType!.ToString(), out var boundary));
        var name = FormModelReader.Read(body, boundary, "model"u8).Name;
        Assert.Equal("gpt-image-1", Encoding.UTF8.GetString(name));
    }

    public static TheoryData<string, BodyFault> Refused =>
        new()
        {
            { "", BodyFault.Empty },
            { Part("name=\"model\"", "a") + Part("name=\"model\"", "b") + End, BodyFault.RepeatedModel },
            { Part("name=\"model\"", "a") + Part("name=\"Model\"", "b") + End, BodyFault.DisguisedField },
            { Part("name=\"model[]\"", "b") + End, BodyFault.DisguisedField },
            { Part("name=\" model\"", "b") + End, BodyFault.DisguisedField },
            { Part("name=\"mod%65l\"", "b") + End, BodyFault.DisguisedField },
            { Part("name=\"_charset_\"", "utf-7") + End, BodyFault.DisguisedField },
            { Part("name=\"model\"; filename=\"m\"", "a") + End, BodyFault.BadModelName },
            { Part("name=\"model\"", "YQ==", "Content-Transfer-Encoding: base64\r\n") + End, BodyFault.BadModelName },
            {
                Part("name=\"model\"", "a", "Content-Type: text/plain; charset=utf-7\r\n") + End,
                BodyFault.BadModelName
            },
            { Part("name=\"model\"", "") + End, BodyFault.BadModelName },
            { Part("name=\"model\"", "a\nb") + End, BodyFault.BadModelName },
            { Part("name=\"model\"; name=\"x\"", "a") + End, BodyFault.NotAForm },
            { Part("name=\"x\"; name*=utf-8''model", "a") + End, BodyFault.NotAForm },
            { Part("name=\"x\"; filename=\"y; name=model\"", "a") + End, BodyFault.NotAForm },
            { Part("filename=\"a\\\"; name=\"model\"", "a") + End, BodyFault.NotAForm },
            { Part("name=\"x\"", "a", "Content-Disposition: form-data; name=\"model\"\r\n") + End, BodyFault.NotAForm },
            { Part("name=\"x\"", "a", " folded: y\r\n") + End, BodyFault.NotAForm },
            { Part("name=\"x\"", "a", "Bare: y\nContent-Disposition: z\r\n") + End, BodyFault.NotAForm },
            { "preamble\r\n" + Part("name=\"model\"", "a") + End, BodyFault.NotAForm },
            { Part("name=\"model\"", "a") + End + "epilogue", BodyFault.NotAForm },
            { Part("name=\"model\"", "a"), BodyFault.NotAForm },
            { Part("name=\"model\"", "a").Replace("\r\n", "\n", StringComparison.Ordinal) + End, BodyFault.NotAForm },
            {
                Part("name=\"f\"", $"x\n--{B}\nContent-Disposition: form-data; name=\"model\"\n\nb") + End,
                BodyFault.NotAForm
            },
            { $"--{B} \r\nContent-Disposition: form-data; name=\"model\"\r\n\r\na\r\n{End}", BodyFault.NotAForm },
            { $"--{B}\r\n\r\nno headers\r\n{End}", BodyFault.NotAForm },
            { """{"model":"a"}""", BodyFault.NotAForm },
        };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_parsers_could_cut_differently_is_refused(string body, BodyFault expected) =>
        Assert.Equal(("", expected), Read(body));

    [Fact]
    public void Forms_of_countless_parts_are_refused()
    {
        var parts = string.Concat(Enumerable.Repeat(Part("name=\"x\"", "y"), 10_000));
        Assert.Equal(("", BodyFault.NotAForm), Read(parts + Part("name=\"model\"", "a") + End));
    }

    [Theory]
    [InlineData("application/json", BodyForm.Json, "")]
    [InlineData("application/json; charset=utf-8", BodyForm.Json, "")]
    [InlineData("Application/JSON;charset=\"UTF-8\"", BodyForm.Json, "")]
    [InlineData("multipart/form-data; boundary=abc", BodyForm.Form, "abc")]
    [InlineData("multipart/form-data; boundary=\"a=b c\"", BodyForm.Unsupported, "")]
    [InlineData("multipart/form-data; boundary=\"a=b\"", BodyForm.Form, "a=b")]
    [InlineData("multipart/form-data; boundary=abc; boundary=def", BodyForm.Unsupported, "")]
    [InlineData("multipart/form-data; boundary*=utf-8''abc", BodyForm.Unsupported, "")]
    [InlineData("multipart/form-data", BodyForm.Unsupported, "")]
    [InlineData("multipart/mixed; boundary=abc", BodyForm.Unsupported, "")]
    [InlineData("application/json; charset=utf-16", BodyForm.Unsupported, "")]
    [InlineData("application/x-www-form-urlencoded", BodyForm.Unsupported, "")]
    [InlineData("text/plain", BodyForm.Unsupported, "")]
    [InlineData("application/json, multipart/form-data; boundary=a", BodyForm.Unsupported, "")]
    [InlineData("", BodyForm.Unsupported, "")]
    public void Content_types_are_read_strictly(string contentType, BodyForm expected, string boundary)
    {
        Assert.Equal(expected, BodyType.Read(contentType, out var found));
        Assert.Equal(boundary, found.ToString());
    }

    [Fact]
    public async Task Of_mutated_forms_every_one_that_is_read_names_what_every_parser_sees()
    {
        var random = new Random(20261122);
        var read = 0;
        for (var i = 0; i < TestScale.Of(500_000); i++)
        {
            var body = BodyMutations.Form(random);
            var (name, fault) = Read(body);
            if (fault != BodyFault.None)
            {
                continue;
            }

            read++;
            string[] expected = name.Length == 0 ? [] : [name];
            Assert.Equal(expected, await SeenByFrameworkAsync(body));
            Assert.True(expected.SequenceEqual(SeenByLenientParser(body)), Encoding.Latin1.GetString(body));
        }

        Assert.True(read > 1_000, $"only {read} were read");
    }

    private static async Task<List<string>> SeenByFrameworkAsync(byte[] body)
    {
        var models = new List<string>();
        var reader = new MultipartReader(B, new MemoryStream(body));
        while (await reader.ReadNextSectionAsync(Ct) is { } section)
        {
            if (
                ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)
                && IsModel(disposition.Name?.Trim('"'))
            )
            {
                models.Add(await new StreamReader(section.Body).ReadToEndAsync(Ct));
            }
        }

        return models;
    }

    // Takes any line end for one, names in any spelling, and the last of several: as careless as parsers get.
    private static List<string> SeenByLenientParser(byte[] body)
    {
        var models = new List<string>();
        var text = Encoding.Latin1.GetString(body).Replace("\r\n", "\n", StringComparison.Ordinal);
        foreach (var part in text.Split($"--{B}").Skip(1))
        {
            var split = part.IndexOf("\n\n", StringComparison.Ordinal);
            if (split < 0 || part.StartsWith("--", StringComparison.Ordinal))
            {
                continue;
            }

            var disposition = string.Join(
                '\n',
                part[..split]
                    .Split('\n')
                    .Where(line => line.Trim().StartsWith("content-disposition", StringComparison.OrdinalIgnoreCase))
            );
            var names = System
                .Text.RegularExpressions.Regex.Matches(
                    disposition,
                    "[; ]name\\s*=\\s*\"?(?<name>[^\";\\n]*)",
                    System.Text.RegularExpressions.RegexOptions.IgnoreCase,
                    TimeSpan.FromSeconds(1)
                )
                .Select(m => m.Groups["name"].Value);
            if (names.Any(IsModel))
            {
                var value = part[(split + 2)..];
                models.Add(
                    Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(value.EndsWith('\n') ? value[..^1] : value))
                );
            }
        }

        return models;
    }

    private static bool IsModel(string? name) =>
        name?.Trim().Equals("model", StringComparison.OrdinalIgnoreCase) == true;

    private static string End => $"--{B}--\r\n";

    private static string Part(string disposition, string value, string extra = "") =>
        $"--{B}\r\nContent-Disposition: form-data; {disposition}\r\n{extra}\r\n{value}\r\n";

    private static (string Name, BodyFault Fault) Read(string body) => Read(Encoding.UTF8.GetBytes(body));

    private static (string Name, BodyFault Fault) Read(byte[] body)
    {
        var model = FormModelReader.Read(body, B, "model"u8);
        return (Encoding.UTF8.GetString(model.Name), model.Fault);
    }
}
