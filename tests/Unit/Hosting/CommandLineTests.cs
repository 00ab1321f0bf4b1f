using ControlPanel.Configuration;

namespace ControlPanel.Tests.Unit.Hosting;

public class CommandLineTests
{
    private const string Here = "/home/ann";

    [Theory]
    [InlineData("--wat")]
    [InlineData("data")]
    [InlineData("--data=x")]
    [InlineData("--Demo")]
    [InlineData("")]
    public void An_unknown_option_is_named_and_the_way_to_the_options_is_said(string option)
    {
        var message = Refused("--demo", option);

        Assert.Equal($"Unknown option {option}; ./run --help shows the options", message);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("65533")] // the fourth door would be 65536
    [InlineData("70000")]
    [InlineData("80a")]
    [InlineData("5000.5")]
    [InlineData(" 5000")]
    [InlineData("99999999999999999999")]
    public void A_base_port_out_of_range_is_refused_with_the_range(string port) =>
        Assert.Equal($"--base-port needs a number from 1 to 65532, not {port}", Refused("--base-port", port));

    [Fact]
    public void Options_without_their_value_are_refused()
    {
        Assert.Equal("--base-port needs a number from 1 to 65532", Refused("--base-port"));
        Assert.Equal("--data needs a folder, for example --data ./data", Refused("--data"));
        Assert.Equal("--data needs a folder, for example --data ./data", Refused("--data", ""));
        // A forgotten folder must not make a folder called --demo and start without the demo.
        Assert.Equal("--data needs a folder, for example --data ./data", Refused("--data", "--demo"));
    }

    [Fact]
    public void Every_refusal_is_one_line()
    {
        foreach (string[] args in new[] { ["--x"], ["--data"], ["--base-port"], new[] { "--base-port", "x" } })
        {
            Assert.DoesNotContain('\n', Refused(args));
        }
    }

    [Theory]
    [InlineData("my/panel", "/home/ann/my/panel")]
    [InlineData("./x", "/home/ann/x")]
    [InlineData("../bob", "/home/bob")]
    [InlineData("/srv/panel", "/srv/panel")]
    public void The_data_folder_is_relative_to_where_the_user_stands(string data, string folder) =>
        Assert.Equal(folder, Serve("--data", data).DataFolder);

    [Fact]
    public void Without_options_it_serves_from_port_5000_and_keeps_data_where_the_user_stands()
    {
        var plain = Serve();
        Assert.Equal((false, 5000, "/home/ann/data"), (plain.Demo, plain.BasePort, plain.DataFolder));

        // The example data stays apart from real data.
        var demo = Serve("--demo");
        Assert.Equal((true, 5000, "/home/ann/data/demo"), (demo.Demo, demo.BasePort, demo.DataFolder));
    }

    [Fact]
    public void Options_go_together_in_any_order()
    {
        var options = Serve("--base-port", "8080", "--demo", "--data", "d");

        Assert.Equal((true, 8080, "/home/ann/d"), (options.Demo, options.BasePort, options.DataFolder));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public void Help_names_every_option(string option)
    {
        Assert.IsType<StartCommand.Help>(StartCommand.Parse(["--demo", option], Here));
        foreach (var name in new[] { "--demo", "--data", "--base-port", "--help" })
        {
            Assert.Contains(name, StartCommand.Usage, StringComparison.Ordinal);
        }
    }

    private static string Refused(params string[] args) =>
        Assert.IsType<StartCommand.Invalid>(StartCommand.Parse(args, Here)).Message;

    private static StartOptions Serve(params string[] args) =>
        Assert.IsType<StartCommand.Serve>(StartCommand.Parse(args, Here)).Options;
}
