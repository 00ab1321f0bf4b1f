using System.Text;
using System.Text.Json;
using ControlPanel.Tests.Unit.Support;
using ControlPanel.Verification.Inference;

namespace ControlPanel.Tests.Unit.Verification.Inference;

/// <summary>Which model a JSON body names: the one that every parser behind us finds, or none at all.</summary>
public sealed class JsonModelReaderTests
{
    [Theory]
    [InlineData("""{"model":"gpt-4o","messages":[]}""", "gpt-4o")]
    [InlineData("""{"messages":[{"role":"user","content":"{\"model\":\"other\"}"}],"model":"gpt-4o"}""", "gpt-4o")]
    [InlineData("""{"tools":[{"model":"inner"}],"metadata":{"model":"inner"},"model":"m"}""", "m")]
    [InlineData(""" { "model" : "anthropic\/claude" } """, "anthropic/claude")]
    [InlineData("""{"model":"\u0067pt","x":"\ud800"}""", "gpt")]
    [InlineData("""{"model":"ü"}""", "ü")]
    [InlineData("""{"input":"x"}""", "")]
    [InlineData("""{}""", "")]
    [InlineData("""{"model_id":"x","modelx":"y","remodel":"z"}""", "")]
    public void The_top_level_model_is_found(string body, string expected)
    {
        var (name, _, fault) = Read(body);
        Assert.Equal(BodyFault.None, fault);
        Assert.Equal(expected, name);
    }

    [Theory]
    [InlineData("", BodyFault.Empty)]
    [InlineData("\ufeff{\"model\":\"a\"}", BodyFault.NotUtf8)]
    [InlineData("""{"model":"a","model":"b"}""", BodyFault.RepeatedModel)]
    [InlineData("""{"model":"a","model":"a"}""", BodyFault.RepeatedModel)]
    [InlineData("""{"model":"a","mod\u0065l":"b"}""", BodyFault.DisguisedField)]
    [InlineData("""{"mod\u0065l":"b"}""", BodyFault.DisguisedField)]
    [InlineData("""{"model":"a","Model":"b"}""", BodyFault.DisguisedField)]
    [InlineData("""{"MODEL":"b"}""", BodyFault.DisguisedField)]
    [InlineData("""{"model\u0000":"b"}""", BodyFault.DisguisedField)]
    [InlineData("""{"mödel":"b"}""", BodyFault.DisguisedField)]
    [InlineData("""["model"]""", BodyFault.NotAnObject)]
    [InlineData("\"model\"", BodyFault.NotAnObject)]
    [InlineData("null", BodyFault.NotAnObject)]
    [InlineData("""{"model":null}""", BodyFault.BadModelName)]
    [InlineData("""{"model":["a"]}""", BodyFault.BadModelName)]
    [InlineData("""{"model":{"a":"b"}}""", BodyFault.BadModelName)]
    [InlineData("""{"model":7}""", BodyFault.BadModelName)]
    [InlineData("""{"model":""}""", BodyFault.BadModelName)]
    [InlineData("""{"model":"a\u0000b"}""", BodyFault.BadModelName)]
    [InlineData("""{"model":"a\nb"}""", BodyFault.BadModelName)]
    [InlineData("""{"model":"\ud800"}""", BodyFault.BadModelName)]
    [InlineData("""{"model":"a"} {"model":"b"}""", BodyFault.NotJson)]
    [InlineData("""{"model":"a"}x""", BodyFault.NotJson)]
    [InlineData("""{"model":"a",}""", BodyFault.NotJson)]
    [InlineData("""{"model":"a" /* "model":"b" */}""", BodyFault.NotJson)]
    [InlineData("""{'model':'a'}""", BodyFault.NotJson)]
    [InlineData("""{"model":"a","x":NaN}""", BodyFault.NotJson)]
    [InlineData("""{"model":"a" """, BodyFault.NotJson)]
    [InlineData("[1] x", BodyFault.NotJson)]
    [InlineData("model=a", BodyFault.NotJson)]
    public void What_parsers_could_read_differently_is_refused(string body, BodyFault expected)
    {
        var (name, _, fault) = Read(body);
        Assert.Equal(expected, fault);
        Assert.Equal("", name);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Bytes_that_are_no_utf8_are_refused(bool utf16)
    {
        var body = utf16
            ? Encoding.Unicode.GetBytes("""{"model":"a","x":"ü"}""")
            : [.. "{\"model\":\"a\",\"x\":\""u8, 0xc3, .. "\"}"u8];
        var fault = JsonModelReader.Read(body, "model"u8, new byte[NamedModel.BufferSize]).Fault;
        Assert.True(fault is BodyFault.NotUtf8 or BodyFault.NotJson, fault.ToString());
    }

    [Fact]
    public void A_name_may_be_as_long_as_the_catalogue_allows_and_no_longer()
    {
        var longest = new string('m', NamedModel.MaxLength);
        Assert.Equal(longest, Read($$"""{"model":"{{longest}}"}""").Name);
        var escaped = string.Concat(Enumerable.Repeat("\\u006d", NamedModel.MaxLength));
        Assert.Equal(longest, Read($$"""{"model":"{{escaped}}"}""").Name);
        Assert.Equal(BodyFault.BadModelName, Read($$"""{"model":"{{longest}}m"}""").Fault);
        Assert.Equal(BodyFault.BadModelName, Read($$"""{"model":"{{new string('m', 1 << 20)}}"}""").Fault);
    }

    [Fact]
    public void Nesting_without_end_is_refused_and_ordinary_nesting_is_not()
    {
        var deep = new string('[', 200);
        Assert.Equal("m", Read($$"""{"x":{{deep}}{{deep.Replace('[', ']')}},"model":"m"}""").Name);
        Assert.Equal(BodyFault.NotJson, Read($$"""{"model":"m","x":{{new string('[', 100_000)}}""").Fault);
    }

    [Theory]
    [InlineData("""{"model":"a","models":["b"]}""", true)]
    [InlineData("""{"model":"a","Fallbacks":["b"]}""", true)]
    [InlineData("""{"model":"a","context_window_fallbacks":[]}""", true)]
    [InlineData("""{"model":"a","messages":[{"models":1}]}""", false)]
    public void Further_models_are_noticed(string body, bool expected) =>
        Assert.Equal(expected, Read(body).NamesOthers);

    [Fact]
    public void Another_field_can_name_the_model()
    {
        var model = JsonModelReader.Read(
            """{"model_id":"a","model":"b"}"""u8,
            "model_id"u8,
            new byte[NamedModel.BufferSize]
        );
        Assert.Equal("a", Encoding.UTF8.GetString(model.Name));
    }

    [Fact]
    public void Reading_a_body_allocates_nothing()
    {
        var body = Encoding.UTF8.GetBytes(
            $$"""{"messages":[{"role":"user","content":"{{new string('x', 20_000)}}ü"}],"temperature":0.5,"model":"anthropic\/claude"}"""
        );
        var buffer = new byte[NamedModel.BufferSize];
        for (var i = 0; i < 200; i++)
        {
            JsonModelReader.Read(body, "model"u8, buffer);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var length = 0;
        for (var i = 0; i < 1000; i++)
        {
            length += JsonModelReader.Read(body, "model"u8, buffer).Name.Length;
        }

        // On average: the runtime itself may allocate a little while it compiles the loop anew.
        var allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / 1000;
        Assert.Equal(1000 * "anthropic/claude".Length, length);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Of_mutated_bodies_every_one_that_is_read_names_what_every_parser_sees()
    {
        var random = new Random(20261121);
        var read = 0;
        for (var i = 0; i < TestScale.Of(500_000); i++)
        {
            var body = BodyMutations.Json(random);
            var (name, _, fault) = Read(body);
            if (fault != BodyFault.None)
            {
                continue;
            }

            read++;
            Assert.Equal(name.Length == 0 ? [] : [name], ModelsSeenBy(body));
        }

        // A reader that refuses everything would pass as well.
        Assert.True(read > 1_000, $"only {read} were read");
    }

    // Everything any parser could take for the model: all duplicates, any case, escapes undone, lenient syntax.
    private static List<string> ModelsSeenBy(byte[] body)
    {
        using var document = JsonDocument.Parse(
            body,
            new JsonDocumentOptions
            {
                AllowTrailingCommas = true,
                CommentHandling = JsonCommentHandling.Skip,
                MaxDepth = 10_000,
            }
        );
        return
        [
            .. document
                .RootElement.EnumerateObject()
                .Where(p => p.Name.Trim('\0', ' ').Equals("model", StringComparison.OrdinalIgnoreCase))
                .Select(p => p.Value.GetString()!),
        ];
    }

    private static (string Name, bool NamesOthers, BodyFault Fault) Read(string body) =>
        Read(Encoding.UTF8.GetBytes(body));

    private static (string Name, bool NamesOthers, BodyFault Fault) Read(byte[] body)
    {
        var model = JsonModelReader.Read(body, "model"u8, new byte[NamedModel.BufferSize]);
        return (Encoding.UTF8.GetString(model.Name), model.NamesOthers, model.Fault);
    }
}
